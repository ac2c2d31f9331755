//! A host of code: lists of comments, notes and issues, as GitHub and GitLab keep them.
//!
//! What is posted to a path is in the list of that path; what ends in an id changes that item.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::thread;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// The token that it takes.
pub(crate) const TOKEN: &str = "t0ken";

/// Who writes with that token.
pub(crate) const AUTHOR: &str = "github-actions[bot]";

/// A comment, a note or an issue.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    list: String,
    pub(crate) value: Value,
}

impl Item {
    pub(crate) fn body(&self) -> &str {
        self.value["body"].as_str().unwrap()
    }
}

#[derive(Debug, Default)]
struct Store {
    items: Vec<Item>,
    files: Vec<(String, Vec<u8>)>,
    calls: Vec<String>,
    read_only: bool,
    last_id: u64,
}

/// A host that runs until the test ends.
pub(crate) struct Hub {
    store: Arc<Mutex<Store>>,
    pub(crate) url: String,
}

impl Hub {
    pub(crate) fn start() -> Self {
        let store = Arc::new(Mutex::new(Store::default()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::clone(&store);
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, &served));
        });
        Self { store, url }
    }

    /// What is in this list, oldest first.
    pub(crate) fn list(&self, list: &str) -> Vec<Item> {
        let store = self.store.lock().unwrap();
        let items = store.items.iter().filter(|item| item.list == list);
        items.cloned().collect()
    }

    /// Somebody else writes.
    pub(crate) fn write(&self, list: &str, author: &str, body: &str) {
        let mut store = self.store.lock().unwrap();
        store.add(list, author, json!({ "body": body }));
    }

    pub(crate) fn serve_file(&self, path: &str, content: Vec<u8>) {
        let mut store = self.store.lock().unwrap();
        store.files.retain(|(name, _)| name != path);
        store.files.push((path.to_owned(), content));
    }

    /// As for the pull requests of forks.
    pub(crate) fn make_read_only(&self) {
        self.store.lock().unwrap().read_only = true;
    }

    /// Each request since the last time: `GET /repos/...`.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.store.lock().unwrap().calls)
    }
}

async fn serve(listener: std::net::TcpListener, store: &Arc<Mutex<Store>>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let store = Arc::clone(store);
        let answer = service_fn(move |request: Request<Incoming>| {
            let store = Arc::clone(&store);
            async move { Ok::<_, Infallible>(respond(request, &store).await) }
        });
        // A client that goes away is no concern of others.
        let _ = http1::Builder::new()
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), answer)
            .await;
    }
}

async fn respond(request: Request<Incoming>, store: &Mutex<Store>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = head.uri.path();
    let mut store = store.lock().unwrap();
    let target = head.uri.path_and_query().unwrap().as_str();
    store.calls.push(format!("{} {target}", head.method));
    if let Some((_, content)) = store.files.iter().find(|(name, _)| name == path) {
        return Response::new(Full::from(content.clone()));
    }
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap());
    let known = header("authorization") == Some(&format!("Bearer {TOKEN}"))
        || header("private-token") == Some(TOKEN);
    let (status, value) = if !known {
        (
            StatusCode::UNAUTHORIZED,
            json!({ "message": "Bad credentials" }),
        )
    } else if store.read_only && head.method != Method::GET {
        (
            StatusCode::FORBIDDEN,
            json!({ "message": "Resource not accessible by integration" }),
        )
    } else {
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        store.answer(&head.method, path, head.uri.query().unwrap_or(""), body)
    };
    let text = if value.is_null() {
        String::new()
    } else {
        value.to_string()
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}

impl Store {
    fn add(&mut self, list: &str, author: &str, fields: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut value = json!({
            "id": id, "number": id, "state": "open", "labels": [],
            "user": { "login": author },
            "author": { "username": author },
            "html_url": format!("https://code.example{list}#{id}"),
        });
        merge(&mut value, fields);
        self.items.push(Item {
            list: list.to_owned(),
            value: value.clone(),
        });
        value
    }

    fn answer(
        &mut self,
        method: &Method,
        path: &str,
        query: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let fine = |value| (StatusCode::OK, value);
        if path == "/user" {
            return fine(json!({ "username": AUTHOR }));
        }
        if method == Method::GET {
            return fine(self.page(path, query));
        }
        if body
            .get("body")
            .and_then(Value::as_str)
            .is_some_and(|body| body.chars().count() > 65_536)
        {
            return (
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({ "message": "body is too long" }),
            );
        }
        if method == Method::POST {
            return (StatusCode::CREATED, self.add(path, AUTHOR, body));
        }
        let id = path
            .rsplit('/')
            .next()
            .and_then(|id| id.parse::<u64>().ok());
        let Some(at) = self
            .items
            .iter()
            .position(|item| item.value["id"].as_u64() == id)
        else {
            return (StatusCode::NOT_FOUND, json!({ "message": "Not Found" }));
        };
        if method == Method::DELETE {
            self.items.remove(at);
            return (StatusCode::NO_CONTENT, Value::Null);
        }
        merge(&mut self.items[at].value, body);
        fine(self.items[at].value.clone())
    }

    /// Hosts give 30 items, or as many as asked for but 100 at most.
    fn page(&self, list: &str, query: &str) -> Value {
        let asked = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let number = |name, default| asked(name).map_or(default, |text| text.parse().unwrap());
        let size = number("per_page", 30_usize).min(100);
        let wanted = self.items.iter().filter(|item| {
            item.list == list
                && asked("state").is_none_or(|state| item.value["state"] == state)
                && asked("labels").is_none_or(|label| {
                    item.value["labels"]
                        .as_array()
                        .unwrap()
                        .contains(&json!(label))
                })
        });
        let page = wanted.skip(size * (number("page", 1) - 1)).take(size);
        page.map(|item| item.value.clone()).collect()
    }
}

fn merge(value: &mut Value, fields: Value) {
    if let Value::Object(fields) = fields {
        value.as_object_mut().unwrap().extend(fields);
    }
}
