//! What the documents tell people to type works.

use ambit_tests::binary;
use ambit_tests::provided::root;

use super::documents::{documents, split};
use super::{none, read};

/// The commands of a shell block, lines that end in `\` joined.
fn commands(block: &[&str]) -> Vec<String> {
    let text = block.join("\n").replace("\\\n", " ");
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// The words that `ambit` is called with, where a command calls it.
fn ambit_words(command: &str) -> Option<Vec<&str>> {
    let words = command.split_whitespace().collect::<Vec<_>>();
    match words.as_slice() {
        ["ambit", rest @ ..] => Some(rest.to_vec()),
        ["cargo", "run", ..] if words.windows(2).any(|pair| pair == ["-p", "ambit"]) => {
            let start = words.iter().position(|word| *word == "--")?;
            Some(words[start + 1..].to_vec())
        }
        _ => None,
    }
}

fn command_complaints(document: &str, command: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if let Some([subcommand, words @ ..]) = ambit_words(command).as_deref() {
        let mut help = binary::run(&root(), &[subcommand, "--help"]).unwrap();
        if let Some(nested) = words.first()
            && String::from_utf8_lossy(&help.stdout).contains("\nCommands:\n")
        {
            help = binary::run(&root(), &[subcommand, nested, "--help"]).unwrap();
        }
        let text = String::from_utf8_lossy(&help.stdout);
        if !help.status.success() {
            complaints.push(format!("{document}: `ambit {subcommand}` does not exist"));
        }
        let flags = words.iter().filter(|word| word.starts_with("--"));
        for flag in flags.map(|flag| flag.split('=').next().unwrap_or(flag)) {
            if !text.split(|c: char| c.is_whitespace() || c == ',').any(|word| word == flag) {
                complaints.push(format!("{document}: `ambit {subcommand}` has no {flag}"));
            }
        }
    }
    for word in command.split_whitespace() {
        let ours = ["./", "replay-data/", "rules/", "tests/", "docs/", "deploy/", ".ci/"];
        if ours.iter().any(|start| word.starts_with(start)) && !root().join(word).exists() {
            complaints.push(format!("{document}: `{word}` is not there"));
        }
    }
    complaints
}

#[test]
fn what_the_documents_tell_people_to_type_exists() {
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for document in documents() {
        for (language, block) in split(&read(&document)).1 {
            if language == "sh" {
                for command in commands(&block) {
                    seen += 1;
                    complaints.extend(command_complaints(&document, &command));
                }
            }
        }
    }
    assert!(seen > 0);
    none(&complaints);
}

#[test]
fn a_command_that_does_not_exist_is_seen() {
    assert_eq!(command_complaints("x", "cargo run -p ambit -- frobnicate --hard").len(), 2);
    assert_eq!(command_complaints("x", "./tests/no-such-file").len(), 1);
}
