//! A member as a test wants it.

/// Where every etcd listens for clients.
pub const CLIENT_PORT: u16 = 2379;

/// A network of loopback addresses: `127.x.y`.
#[derive(Clone, Debug)]
pub struct Net(pub String);

/// Voter, or learner for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Voter,
    Learner,
}

/// A member's name, address, and role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub host: String,
    pub peer_port: u16,
    /// The port that it tells clients: its own, or that of a proxy before it.
    pub client_port: u16,
    pub role: Role,
    /// `data:` of its entry in the topology file.
    pub data: Option<&'static str>,
    pub schemes: Schemes,
}

/// What it speaks: `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schemes {
    pub peer: &'static str,
    pub client: &'static str,
}

/// Without TLS.
pub const PLAIN: Schemes = Schemes {
    peer: "http",
    client: "http",
};

impl Net {
    /// The voter `m<number>` on the machine of that number.
    pub fn member(&self, number: u8) -> Member {
        Member {
            name: format!("m{number}"),
            host: self.host(number),
            peer_port: 2380,
            client_port: CLIENT_PORT,
            role: Role::Voter,
            data: None,
            schemes: PLAIN,
        }
    }

    /// The voters of these numbers.
    pub fn members(&self, numbers: impl IntoIterator<Item = u8>) -> Vec<Member> {
        numbers
            .into_iter()
            .map(|number| self.member(number))
            .collect()
    }

    pub fn host(&self, number: u8) -> String {
        format!("{}.{number}", self.0)
    }
}

impl Member {
    pub fn peer_url(&self) -> String {
        format!("{}://{}:{}", self.schemes.peer, self.host, self.peer_port)
    }

    /// The client URL that it tells others.
    pub fn client_url(&self) -> String {
        format!(
            "{}://{}:{}",
            self.schemes.client, self.host, self.client_port
        )
    }

    /// Where it listens for clients itself.
    pub fn endpoint(&self) -> String {
        format!("{}://{}:{CLIENT_PORT}", self.schemes.client, self.host)
    }

    /// The same member, known to clients by the port of a proxy.
    pub fn proxied(self, client_port: u16) -> Self {
        Self {
            client_port,
            ..self
        }
    }

    pub fn named(self, name: &str) -> Self {
        let name = name.to_owned();
        Self { name, ..self }
    }

    pub fn learner(self) -> Self {
        let role = Role::Learner;
        Self { role, ..self }
    }

    pub fn peer_port(self, peer_port: u16) -> Self {
        Self { peer_port, ..self }
    }

    pub fn schemes(self, schemes: Schemes) -> Self {
        Self { schemes, ..self }
    }

    /// The same member on another machine, with the given `data:`.
    pub fn moved(self, host: String, data: Option<&'static str>) -> Self {
        Self { host, data, ..self }
    }
}
