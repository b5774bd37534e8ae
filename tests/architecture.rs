//! Keeps the house of `docs/architecture.md`: which layer may name which, and how long a file may grow.
//!
//! The checker reads source text, so a forbidden import fails here with a sentence, not in review. Its own
//! tests are at the bottom: a checker that finds nothing is worth nothing.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "architecture/source.rs"]
mod source;

use std::fs;
use std::path::{Component, Path, PathBuf};

use source::{crate_paths, depth_of, names, words};

/// Lowest first. A layer may name those before it, never those behind it.
const LAYERS: [&str; 5] = ["wire", "session", "cluster", "pool", "binding"];

/// Rooms that every layer may name, each with the leaves that it may name itself.
const LEAVES: [(&str, &[&str]); 4] = [
    ("error", &[]),
    ("types", &["error"]),
    ("config", &["error"]),
    ("tls", &["config", "error"]),
];

/// Crates that have one home.
const HOMES: [(&str, &str); 3] = [
    ("napi", "binding"),
    ("napi_derive", "binding"),
    ("deadpool", "pool"),
];

/// What would be I/O in `src/wire`.
const IO_IN_WIRE: [&str; 6] = [
    "tokio",
    "tokio_rustls",
    "rustls",
    "socket2",
    "std::net",
    "std::fs",
];

const MAX_LINES: usize = 449;
const MAX_LINES_OF_A_CONTENTS_PAGE: usize = 60;

#[test]
fn layers_name_only_what_is_below_them() {
    let sources = files("src", "rs");
    assert!(
        sources.contains(&"src/lib.rs".to_owned()),
        "the checker looks in the wrong place"
    );
    let problems: Vec<_> = sources
        .iter()
        .flat_map(|file| rust_problems(file, &read(file)))
        .collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn files_stay_short() {
    let mut problems = Vec::new();
    for file in [files("src", "rs"), files("tests", "rs"), javascript()].concat() {
        problems.extend(length_problem(&file, &read(&file)));
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn only_lib_native_loads_the_binary() {
    let sources = javascript();
    assert!(
        sources.contains(&"lib/native.js".to_owned()),
        "the checker looks in the wrong place"
    );
    let problems: Vec<_> = sources
        .iter()
        .flat_map(|file| javascript_problems(file, &read(file)))
        .collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

// ---- rules ----

fn rust_problems(file: &str, source: &str) -> Vec<String> {
    let Some(room) = room_of(file) else {
        return Vec::new();
    };
    if !is_room(&room) {
        return vec![format!(
            "{file}: `{room}` is no room of the house; add it to the table and to docs"
        )];
    }
    let words = words(source);
    let mut problems: Vec<String> = crate_paths(&words, depth_of(file))
        .into_iter()
        .filter(|named| is_room(named) && !may_name(&room, named))
        .map(|named| format!("{file}: `{room}` must not name `{named}`"))
        .collect();
    for (krate, home) in HOMES {
        if room != home && names(&words, krate) {
            problems.push(format!("{file}: only `{home}` may name `{krate}`"));
        }
    }
    for io in IO_IN_WIRE {
        if room == "wire" && names(&words, io) {
            problems.push(format!("{file}: `wire` does no I/O, but names `{io}`"));
        }
    }
    problems.dedup();
    problems
}

fn may_name(room: &str, named: &str) -> bool {
    if room == named {
        return true;
    }
    if let Some((_, leaves)) = LEAVES.iter().find(|(leaf, _)| *leaf == room) {
        return leaves.contains(&named);
    }
    let height = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    match (height(room), height(named)) {
        (_, None) => true, // a leaf
        (Some(upper), Some(lower)) => lower < upper,
        (None, Some(_)) => false,
    }
}

fn length_problem(file: &str, source: &str) -> Option<String> {
    let limit = if ["src/lib.rs", "index.js"].contains(&file) {
        MAX_LINES_OF_A_CONTENTS_PAGE
    } else {
        MAX_LINES
    };
    let lines = source.lines().count();
    (lines > limit).then(|| format!("{file}: {lines} lines, at most {limit}: split it by noun"))
}

fn javascript_problems(file: &str, source: &str) -> Vec<String> {
    if file == "lib/native.js" {
        return Vec::new();
    }
    let folder = Path::new(file).parent().unwrap();
    ["require(", "from ", "import("]
        .iter()
        .flat_map(|keyword| source.split(keyword).skip(1))
        .filter_map(quoted)
        .filter(|target| {
            let is_binary = target.ends_with(".node");
            is_binary || (target.starts_with('.') && resolve(folder, target).starts_with("native"))
        })
        .map(|target| format!("{file}: only lib/native.js may load {target}"))
        .collect()
}

// ---- reading ----

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn javascript() -> Vec<String> {
    let mut found = ["lib", "examples", "benches"]
        .map(|folder| files(folder, "js"))
        .concat();
    found.extend(
        root()
            .join("index.js")
            .exists()
            .then(|| "index.js".to_owned()),
    );
    found
}

/// Paths from the root, with `/` on every platform.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if name.ends_with("/node_modules") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&name, extension));
        } else if Path::new(&name)
            .extension()
            .is_some_and(|found| found == extension)
        {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// `src/pool/reaper.rs` and `src/pool.rs` are in `pool`; `src/lib.rs` names all rooms and is in none.
fn room_of(file: &str) -> Option<String> {
    let inside = file.strip_prefix("src/")?;
    let room = inside.split('/').next()?.trim_end_matches(".rs");
    (room != "lib").then(|| room.to_owned())
}

fn is_room(name: &str) -> bool {
    LAYERS.contains(&name) || LEAVES.iter().any(|(leaf, _)| *leaf == name)
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text
        .chars()
        .next()
        .filter(|c| ['\'', '"', '`'].contains(c))?;
    text[1..].split(quote).next()
}

fn resolve(folder: &Path, target: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in folder.join(target).components() {
        match component {
            Component::ParentDir => drop(resolved.pop()),
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved
}

// ---- the checker itself ----

mod checker {
    use super::*;

    fn problems_in(file: &str, source: &str) -> usize {
        rust_problems(file, source).len()
    }

    #[test]
    fn a_layer_may_name_what_is_below_and_the_leaves() {
        let source =
            "use crate::session::Session; use crate::{cluster::Lease, config, error::Error};";
        assert_eq!(problems_in("src/pool/mod.rs", source), 0);
    }

    #[test]
    fn a_layer_must_not_name_what_is_above() {
        assert_eq!(
            problems_in("src/cluster/lease.rs", "use crate::pool::Pool;"),
            1
        );
        assert_eq!(
            problems_in("src/wire/frame.rs", "fn f(s: crate::session::Session) {}"),
            1
        );
        assert_eq!(
            problems_in(
                "src/session/mod.rs",
                "use crate::{wire::Frame, pool::{A, B}};"
            ),
            1
        );
        assert_eq!(problems_in("src/tls.rs", "use crate::session::Session;"), 1);
        assert_eq!(problems_in("src/error.rs", "use crate::config;"), 1);
    }

    #[test]
    fn a_way_up_by_super_is_seen() {
        assert_eq!(
            problems_in("src/cluster/mod.rs", "use super::pool::Pool;"),
            1
        );
        assert_eq!(
            problems_in("src/cluster/a/b.rs", "use super::super::super::pool::Pool;"),
            1
        );
        assert_eq!(
            problems_in("src/pool/reaper.rs", "use super::session::Thing;"),
            0
        );
    }

    #[test]
    fn a_crate_stays_in_its_home() {
        assert_eq!(problems_in("src/pool/mod.rs", "use napi::Env;"), 1);
        assert_eq!(
            problems_in("src/session/mod.rs", "#[napi_derive::napi] fn f() {}"),
            1
        );
        assert_eq!(
            problems_in(
                "src/binding/mod.rs",
                "use napi::Env; use deadpool::managed;"
            ),
            1
        );
        assert_eq!(problems_in("src/pool/mod.rs", "use deadpool::managed;"), 0);
    }

    #[test]
    fn the_wire_does_no_io() {
        assert_eq!(
            problems_in("src/wire/mod.rs", "use tokio::io::AsyncRead;"),
            1
        );
        assert_eq!(
            problems_in(
                "src/wire/mod.rs",
                "fn f() { std::net::TcpStream::connect(a); }"
            ),
            1
        );
        assert_eq!(
            problems_in("src/session/mod.rs", "use tokio::net::TcpStream;"),
            0
        );
    }

    #[test]
    fn an_unknown_room_needs_a_place_in_the_house() {
        assert_eq!(problems_in("src/helpers/mod.rs", ""), 1);
        assert_eq!(problems_in("src/lib.rs", "pub mod helpers;"), 0);
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let source = r##"
            // use crate::pool::Pool;
            /* crate::pool /* napi */ */
            const A: &str = "crate::pool \" napi::Env"; const B: &str = r#"use "napi"; crate::pool"#;
            fn f<'a>(c: &'a char) -> bool { *c == '"' || *c == '\'' }
            // "
        "##;
        assert_eq!(problems_in("src/cluster/mod.rs", source), 0);
        let hidden_behind_quotes =
            "const C: char = '\"'; use crate::pool::Pool; const D: char = '\"';";
        assert_eq!(problems_in("src/cluster/mod.rs", hidden_behind_quotes), 1);
    }

    #[test]
    fn a_long_file_is_a_problem() {
        assert_eq!(length_problem("src/pool/mod.rs", &"\n".repeat(449)), None);
        assert!(length_problem("src/pool/mod.rs", &"\n".repeat(450)).is_some());
        assert!(length_problem("src/lib.rs", &"\n".repeat(61)).is_some());
        assert!(length_problem("index.js", &"\n".repeat(61)).is_some());
    }

    #[test]
    fn a_second_loader_of_the_binary_is_a_problem() {
        let problems = |file, source| javascript_problems(file, source).len();
        assert_eq!(
            problems("lib/pool.js", "const n = require('../native/binding.js')"),
            1
        );
        assert_eq!(
            problems("lib/native/client.js", "require('../../native/binding')"),
            1
        );
        assert_eq!(
            problems("index.js", "import x from \"./native/binding.js\""),
            1
        );
        assert_eq!(
            problems("index.js", "require(`oxpg.linux-x64-gnu.node`)"),
            1
        );
        assert_eq!(
            problems(
                "lib/pool.js",
                "require('./native'); require('./native/client')"
            ),
            0
        );
        assert_eq!(
            problems("lib/native.js", "require('../native/binding.js')"),
            0
        );
    }
}
