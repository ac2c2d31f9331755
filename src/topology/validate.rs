//! From a well-formed file to a topology, or to everything that is wrong with it.

use std::collections::BTreeMap;

use crate::amount::{Size, Span};
use crate::topology::document::{self, Document};
use crate::topology::finding::Finding;
use crate::topology::members;
use crate::topology::path::Path;
use crate::topology::problem::Code;
use crate::topology::value::{Use, read, urls, variables};
use crate::topology::{
    Backup, ClusterSpec, Connect, Driver, ExecDriver, HostActionKind, HostDefaults, MinCanLose,
    OnFailedJoin, Policy, ProcessDriver, Topology, ZoneSpread,
};

/// The only version of the format.
const API_VERSION: &str = "etcdplan/v1";

/// How long a driver's program may take, if the file does not say.
const EXEC_TIMEOUT: &str = "2m";

/// How long it may take to copy a data directory: tens of gigabytes over a slow link.
const MOVE_DATA_TIMEOUT: &str = "1h";

/// Reads the document's values; what is found wrong goes to `findings`. The
/// topology is only good where no finding is an error.
pub(super) fn check(document: &Document, findings: &mut Vec<Finding>) -> Option<Topology> {
    let root = Path::default();
    if document.api_version != API_VERSION {
        findings.push(Finding::at(
            Code::ApiVersion,
            root.field("apiVersion"),
            format!(
                "the version `{}` of the format is not known",
                document.api_version
            ),
            "this version",
            format!("write `apiVersion: {API_VERSION}`"),
        ));
    }
    let policy = policy(document.policy.as_ref(), findings);
    let cluster = cluster(&document.cluster, &root.field("cluster"), findings);
    let connect = connect(document.connect.as_ref(), &root.field("connect"), findings);
    let driver = driver(document.driver.as_ref(), &root.field("driver"), findings);
    let host = host(document.host.as_ref(), &root.field("host"), findings);
    if matches!(driver, Driver::Process(_)) {
        below_the_root(document, findings);
    }
    let members = members::check(document, &host, &policy, findings);
    if findings.iter().any(|finding| !finding.is_warning()) {
        return None;
    }
    Some(Topology {
        cluster,
        connect,
        driver,
        host,
        members,
        policy,
    })
}

fn cluster(cluster: &document::Cluster, at: &Path, findings: &mut Vec<Finding>) -> ClusterSpec {
    if cluster.name.trim().is_empty() || cluster.name.chars().any(char::is_control) {
        let help = "write what people call the cluster, as in `name: prod-eu`";
        findings.push(Finding::at(
            Code::BadName,
            at.field("name"),
            "the cluster has no name",
            "this name",
            help,
        ));
    }
    let id_help = "write the id as `etcdplan status` prints it: cdf818194e3a8c32";
    let version_help = "write three numbers in quotes: \"3.5.30\"";
    ClusterSpec {
        name: cluster.name.clone(),
        id: read(
            cluster.id.as_deref(),
            Code::BadId,
            &at.field("id"),
            id_help,
            findings,
        ),
        version: read(
            cluster.version.as_deref(),
            Code::BadVersion,
            &at.field("version"),
            version_help,
            findings,
        ),
    }
}

fn connect(connect: Option<&document::Connect>, at: &Path, findings: &mut Vec<Finding>) -> Connect {
    let Some(connect) = connect.cloned() else {
        return Connect::default();
    };
    let endpoints = connect
        .endpoints
        .as_ref()
        .map(|list| urls(list, &at.field("endpoints"), Use::Reach, findings));
    Connect {
        endpoints: endpoints.unwrap_or_default(),
        ca_file: connect.ca_file,
        cert_file: connect.cert_file,
        key_file: connect.key_file,
        user: connect.user,
        password_file: connect.password_file,
    }
}

fn driver(driver: Option<&document::Driver>, at: &Path, findings: &mut Vec<Finding>) -> Driver {
    use document::DriverKind;
    let Some(driver) = driver else {
        return Driver::Manual;
    };
    let sections = [
        ("exec", driver.exec.is_some(), DriverKind::Exec),
        ("process", driver.process.is_some(), DriverKind::Process),
    ];
    for (name, present, kind) in sections {
        if present && kind != driver.kind {
            let message = format!("the section `{name}` belongs to another driver");
            let finding = Finding::at(
                Code::Driver,
                at.field("kind"),
                message,
                "this driver is chosen",
                "delete one of the two",
            );
            findings.push(finding.and(at.name(name), "and this one is set up"));
        }
    }
    match driver.kind {
        DriverKind::Manual => Driver::Manual,
        DriverKind::Ssh => {
            let help = "write `kind: exec` with programs that call ssh, or `kind: manual`";
            let message = "the driver `ssh` is not available in this version";
            findings.push(Finding::at(
                Code::NotAvailable,
                at.field("kind"),
                message,
                "this driver",
                help,
            ));
            Driver::Manual
        }
        DriverKind::Process => {
            let process = driver.process.clone().unwrap_or_default();
            Driver::Process(ProcessDriver {
                etcd: process.etcd.unwrap_or_else(|| "etcd".to_owned()),
                root: process.root.unwrap_or_else(|| ".etcdplan".to_owned()),
            })
        }
        DriverKind::Exec => exec(driver.exec.as_ref(), at, findings),
    }
}

fn exec(exec: Option<&document::Exec>, at: &Path, findings: &mut Vec<Finding>) -> Driver {
    let Some(exec) = exec else {
        let help = "add `exec: { start: [./start.sh], stop: [./stop.sh] }`";
        let message = "the driver `exec` has no programs";
        findings.push(Finding::at(
            Code::Driver,
            at.field("kind"),
            message,
            "this driver",
            help,
        ));
        return Driver::Manual;
    };
    let at = at.field("exec");
    let programs = [
        (HostActionKind::Start, &exec.start),
        (HostActionKind::Stop, &exec.stop),
        (HostActionKind::Restart, &exec.restart),
        (HostActionKind::MoveData, &exec.move_data),
        (HostActionKind::Wipe, &exec.wipe),
        (HostActionKind::Check, &exec.check),
        (HostActionKind::PutAside, &exec.put_aside),
        (HostActionKind::Restore, &exec.restore),
        (HostActionKind::ForceNew, &exec.force_new),
        (HostActionKind::Relay, &exec.relay),
        (HostActionKind::EndRelay, &exec.end_relay),
    ];
    let mut actions = BTreeMap::new();
    for (kind, program) in programs {
        let Some(program) = program else { continue };
        if program.first().is_none_or(String::is_empty) {
            let message = format!("the action `{}` has no program", kind.name());
            let help = format!(
                "write a program and its arguments: {}: [./{}.sh]",
                kind.name(),
                kind.name()
            );
            findings.push(Finding::at(
                Code::Driver,
                at.field(kind.name()),
                message,
                "this list",
                help,
            ));
        }
        actions.insert(kind, program.clone());
    }
    let mut span = |text: Option<&String>, default: &str, field: &str| {
        let text = text.map_or(default, String::as_str);
        let help = "write a number with its unit: 90s, 10m, 1h";
        read(
            Some(text),
            Code::BadAmount,
            &at.field(field),
            help,
            findings,
        )
        .unwrap_or(Span(std::time::Duration::ZERO))
    };
    Driver::Exec(ExecDriver {
        actions,
        timeout: span(exec.timeout.as_ref(), EXEC_TIMEOUT, "timeout"),
        move_data_timeout: span(
            exec.move_data_timeout.as_ref(),
            MOVE_DATA_TIMEOUT,
            "moveDataTimeout",
        ),
    })
}

/// The `process` driver keeps everything of a member below its root, and touches nothing else.
fn below_the_root(document: &Document, findings: &mut Vec<Finding>) {
    let root = Path::default();
    let mut hosts = Vec::new();
    if let Some(host) = &document.host {
        hosts.push((root.field("host"), &host.data_dir, &host.wal_dir));
    }
    for (index, member) in document.members.iter().enumerate() {
        let at = root.field("members").item(index).field("host");
        hosts.extend(
            member
                .host
                .as_ref()
                .map(|host| (at, &host.data_dir, &host.wal_dir)),
        );
    }
    for (at, data_dir, wal_dir) in hosts {
        for (name, dir) in [("dataDir", data_dir), ("walDir", wal_dir)] {
            if dir.is_some() {
                let message = format!("the driver `process` has no `{name}`");
                let help = "delete it: data is kept below `process.root`";
                let at = at.field(name);
                findings.push(Finding::at(
                    Code::Driver,
                    at,
                    message,
                    "this directory",
                    help,
                ));
            }
        }
    }
}

fn host(
    host: Option<&document::HostDefaults>,
    at: &Path,
    findings: &mut Vec<Finding>,
) -> HostDefaults {
    let host = host.cloned().unwrap_or_default();
    if let Some(env) = &host.env {
        variables(env, &at.field("env"), findings);
    }
    HostDefaults {
        data_dir: host.data_dir,
        wal_dir: host.wal_dir,
        env: host.env.unwrap_or_default(),
        vars: host.vars.unwrap_or_default(),
    }
}

fn policy(policy: Option<&document::Policy>, findings: &mut Vec<Finding>) -> Policy {
    let at = Path::default().field("policy");
    let Some(policy) = policy else {
        return Policy::default();
    };
    let default = Policy::default();
    let size_help = "write a number with its unit: 50MiB";
    let span_help = "write a number with its unit: 90s, 10m, 1h";
    let copy_data_above: Option<Size> = read(
        policy.copy_data_above.as_deref(),
        Code::BadAmount,
        &at.field("copyDataAbove"),
        size_help,
        findings,
    );
    let step_timeout: Option<Span> = read(
        policy.step_timeout.as_deref(),
        Code::BadAmount,
        &at.field("stepTimeout"),
        span_help,
        findings,
    );
    let backup = policy.backup.map_or(default.backup, |backup| match backup {
        document::Backup::None => Backup::None,
        document::Backup::BeforeApply => Backup::BeforeApply,
    });
    let backup_dir = policy
        .backup_dir
        .clone()
        .filter(|folder| !folder.is_empty());
    if backup == Backup::BeforeApply && backup_dir.is_none() {
        findings.push(Finding::at(
            Code::NoBackupFolder,
            at.field("backup"),
            "nothing says where backups are kept",
            "this needs `backupDir`",
            "write `backupDir: backups` beside it: a folder, relative to this file",
        ));
    }
    let on_failed_join =
        policy
            .on_failed_join
            .map_or(default.on_failed_join, |choice| match choice {
                document::OnFailedJoin::Keep => OnFailedJoin::Keep,
                document::OnFailedJoin::Remove => OnFailedJoin::Remove,
            });
    Policy {
        min_can_lose: policy
            .min_can_lose
            .map_or(default.min_can_lose, |floor| match floor {
                document::MinCanLose::Floor(floor) => MinCanLose::Floor(floor),
                document::MinCanLose::Word(document::Auto::Auto) => MinCanLose::Auto,
            }),
        copy_data_above: copy_data_above.unwrap_or(default.copy_data_above),
        max_learner_lag: policy.max_learner_lag.unwrap_or(default.max_learner_lag),
        backup,
        backup_dir,
        wipe_removed: policy.wipe_removed.unwrap_or(default.wipe_removed),
        on_failed_join,
        allow_even_voters: policy
            .allow_even_voters
            .unwrap_or(default.allow_even_voters),
        zone_spread: policy
            .zone_spread
            .map_or(default.zone_spread, |spread| match spread {
                document::ZoneSpread::Off => ZoneSpread::Off,
                document::ZoneSpread::Warn => ZoneSpread::Warn,
                document::ZoneSpread::Require => ZoneSpread::Require,
            }),
        step_timeout: step_timeout.unwrap_or(default.step_timeout),
    }
}
