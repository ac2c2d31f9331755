//! Planning many clusters from recordings in one run, beside `terraform plan` of as many objects.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bed::Outcome;
use crate::bed::ground::Plot;
use crate::figures::{Table, mebibytes, median, milliseconds};
use crate::selection::Selection;
use crate::usage::{self, Usage};

const PROGRAM: &str = env!("CARGO_BIN_EXE_etcdplan");

/// How many clusters, and objects.
const SIZES: [usize; 3] = [10, 100, 1000];

/// Plans of that many clusters; where there is no terraform on `PATH`, nothing stands beside them.
pub(crate) fn beside_terraform(selection: &Selection, plot: &Plot) -> Outcome<Table> {
    let mut table = Table::new(&["plan of", "time", "for each", "peak memory"]);
    let terraform = terraform();
    for size in SIZES {
        let folder = plot.directory().join(format!("of-{size}"));
        clusters(&folder, size)?;
        let mut runs: Vec<(&str, Measured)> = vec![("clusters, etcdplan", fleet)];
        if terraform.is_some() {
            objects(&folder, size)?;
            runs.push(("objects, terraform", resources));
        }
        let mut figures: Vec<Vec<Usage>> = vec![Vec::new(); runs.len()];
        for _ in 0..selection.rounds(5) {
            for (index, (_, measured)) in runs.iter().enumerate() {
                figures[index].push(measured(&folder, terraform.as_deref())?);
            }
        }
        for ((what, _), figures) in runs.iter().zip(figures) {
            let none = "no round was run";
            let wall = median(figures.iter().map(|run| run.wall).collect()).ok_or(none)?;
            let peak = median(figures.iter().map(|run| run.peak).collect()).ok_or(none)?;
            table.row(&[
                &format!("{size} {what}"),
                &milliseconds(wall),
                &milliseconds(wall / u32::try_from(size)?),
                &mebibytes(peak),
            ]);
        }
    }
    Ok(table)
}

type Measured = fn(&Path, Option<&Path>) -> Outcome<Usage>;

fn fleet(folder: &Path, _terraform: Option<&Path>) -> Outcome<Usage> {
    let words = ["plan", "-f", "clusters", "--live", "live"];
    usage::of(folder, Path::new(PROGRAM), &words)
}

fn resources(folder: &Path, terraform: Option<&Path>) -> Outcome<Usage> {
    let program = terraform.ok_or("there is no terraform")?;
    usage::of(folder, program, &["plan", "-input=false", "-no-color"])
}

/// As many clusters, of which each grows from three to five.
fn clusters(folder: &Path, size: usize) -> Outcome<()> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let wanted = fs::read_to_string(examples.join("grow.yaml"))?;
    let live = fs::read_to_string(examples.join("live/healthy.json"))?;
    for part in ["clusters", "live"] {
        fs::create_dir_all(folder.join(part))?;
    }
    for number in 0..size {
        let name = format!("prod-{number}");
        let wanted = wanted.replace("name: prod-eu", &format!("name: {name}"));
        fs::write(folder.join(format!("clusters/{name}.yaml")), wanted)?;
        fs::write(folder.join(format!("live/{name}.json")), &live)?;
    }
    Ok(())
}

/// As many objects that nobody has made yet, of the kind that needs no provider to be downloaded.
fn objects(folder: &Path, size: usize) -> Outcome<()> {
    let object =
        |number| format!("resource \"terraform_data\" \"r{number}\" {{ input = {number} }}\n");
    let text: String = (0..size).map(object).collect();
    fs::write(folder.join("main.tf"), text)?;
    let program = terraform().ok_or("there is no terraform")?;
    let init = Command::new(program)
        .args(["init", "-input=false", "-no-color"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    if init.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&init.stderr).into_owned().into())
}

/// The terraform on `PATH`.
fn terraform() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut places = env::split_paths(&path).map(|folder| folder.join("terraform"));
    places.find(|place| place.is_file())
}
