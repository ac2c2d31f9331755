//! `etcdplan man`: the manual pages, made from the same words as `--help`.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use crate::render::counted;

use super::args::{self, Cli};
use super::console::Console;
use super::exit::{self, Exit};
use super::failure::Failure;
use super::file::{self, Access, Present};

/// What is read from the environment.
const ENVIRONMENT: [(&str, &str); 9] = [
    (
        "ETCDPLAN_ENDPOINTS, ETCDPLAN_CACERT, ETCDPLAN_CERT, ETCDPLAN_KEY, ETCDPLAN_USER",
        "How the cluster is reached, as the flags of these names, which go before.",
    ),
    (
        "ETCDPLAN_PASSWORD",
        "The password of the user; else the file that `connect.passwordFile` names.",
    ),
    (
        "ETCDCTL_ENDPOINTS, ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY, ETCDCTL_USER, ETCDCTL_PASSWORD",
        "As etcdctl reads them, where neither a flag nor the file says it.",
    ),
    ("ETCDPLAN_NO_INPUT", "Never ask, as --no-input."),
    (
        "ETCDPLAN_STATE_DIR",
        "Where the journals of runs are kept; else XDG_STATE_HOME/etcdplan, else ~/.local/state/etcdplan.",
    ),
    ("CI", "A pipeline: no questions, and nothing is drawn over."),
    ("NO_COLOR", "No colours."),
    ("CLICOLOR_FORCE", "Colours, also without a terminal."),
    ("TERM", "dumb: no colours, and nothing is drawn over."),
];

/// Prints the page of the program, or writes all pages into a folder.
pub(super) fn run(console: &Console, arguments: &args::Man) -> Result<Exit, Failure> {
    let pages = pages().map_err(|error| Failure::error(error.to_string()))?;
    let Some(folder) = &arguments.folder else {
        let main = pages.iter().find(|page| page.name == "etcdplan.1");
        console.script(main.map_or("", |page| page.text.as_str()))?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder)
        .map_err(|error| Failure::error(format!("cannot make {}: {error}", folder.display())))?;
    for page in &pages {
        let path = Path::new(folder).join(&page.name);
        file::write(&path, &page.text, Present::Replaced, Access::Everybody)?;
    }
    let count = counted(pages.len(), "page");
    console.tell(&format!("{}: {count}\n", folder.display()));
    Ok(Exit::Done)
}

/// One manual page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `etcdplan-plan.1`
    pub name: String,
    /// In roff.
    pub text: String,
}

/// The pages of the program and of each command.
pub fn pages() -> io::Result<Vec<Page>> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    collect(&command, true, &mut pages)?;
    Ok(pages)
}

fn collect(command: &clap::Command, is_main: bool, pages: &mut Vec<Page>) -> io::Result<()> {
    let page = Man::new(command.clone()).manual("etcdplan");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    examples(command).to_writer(&mut text)?;
    let commands: Vec<&clap::Command> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .collect();
    if !commands.is_empty() {
        page.render_subcommands_section(&mut text)?;
    }
    if is_main {
        environment().to_writer(&mut text)?;
        exit_status().to_writer(&mut text)?;
    }
    let mut tail = Roff::default();
    tail.control("SH", ["SEE ALSO"]);
    tail.text([roman(if is_main {
        "etcd(1), etcdctl(1)"
    } else {
        "etcdplan(1) has the exit codes and the environment"
    })]);
    tail.to_writer(&mut text)?;
    pages.push(Page {
        name: page.get_filename(),
        text: String::from_utf8_lossy(&text).into_owned(),
    });
    for command in commands {
        collect(command, false, pages)?;
    }
    Ok(())
}

/// The examples that `--help` begins with, as they stand.
fn examples(command: &clap::Command) -> Roff {
    let mut roff = Roff::default();
    let Some(help) = command.get_before_help() else {
        return roff;
    };
    let help = help.to_string();
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for line in help.lines().skip(1) {
        roff.text([roman(line.trim())]);
    }
    roff.control("fi", []);
    roff
}

fn environment() -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["ENVIRONMENT"]);
    for (name, meaning) in ENVIRONMENT {
        item(&mut roff, bold(name), meaning);
    }
    roff
}

/// The codes, as `--help` has them: a number, and what it means.
fn exit_status() -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["EXIT STATUS"]);
    for line in exit::HELP.lines().skip(1) {
        if let Some((code, meaning)) = line.trim().split_once("  ") {
            item(&mut roff, bold(code), meaning);
        }
    }
    roff
}

fn item(roff: &mut Roff, head: Inline, body: &str) {
    roff.control("TP", []);
    roff.text([head]);
    roff.text([roman(body)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_stands_on_the_page_of_its_command() {
        let pages = pages().unwrap();
        let mut command = Cli::command();
        command.build();
        let mut commands = vec![&command];
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            let name = command.get_display_name().unwrap_or("etcdplan");
            let file = format!("{name}.1");
            let page = pages.iter().find(|page| page.name == file).expect(name);
            // As troff writes a dash.
            let text = page.text.replace("\\-", "-");
            let mut flags = command.get_arguments().filter_map(clap::Arg::get_long);
            assert!(
                flags.all(|flag| text.contains(&format!("--{flag}"))),
                "{name}"
            );
            let has_examples = text.contains(".SH EXAMPLES");
            assert_eq!(has_examples, command.get_before_help().is_some(), "{name}");
            seen += 1;
        }
        assert_eq!(seen, pages.len());
        assert!(seen > 10);
    }
}
