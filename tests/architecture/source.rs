//! Enough of Rust's grammar to see which paths a file names.

/// How many `super::` lead from a file to the crate's root.
pub(crate) fn depth_of(file: &str) -> usize {
    let modules = file
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .trim_end_matches("/mod");
    modules.split('/').count()
}

/// First segments of every path from the crate's root: `crate::pool::x`, `crate::{pool, wire::y}`, and
/// as many `super::` as lead there.
pub(crate) fn crate_paths(words: &[String], depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for start in 0..words.len() {
        let mut after = start;
        if words[start] == "crate" && word(words, start + 1) == "::" {
            after += 2;
        } else {
            while word(words, after) == "super" && word(words, after + 1) == "::" {
                after += 2;
            }
            // A chain counts from its first link; one link more comes from an inline `mod tests`.
            let is_first = start < 2 || words[start - 2] != "super" || words[start - 1] != "::";
            if after == start || !is_first || (after - start) / 2 < depth {
                continue;
            }
        }
        if word(words, after) == "{" {
            found.extend(group_heads(&words[after..]));
        } else {
            found.push(word(words, after).to_owned());
        }
    }
    found
}

/// `{a::b, c::{d, e}}` gives `a` and `c`.
fn group_heads(words: &[String]) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    for (at, current) in words.iter().enumerate() {
        match current.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (current == "," || at == 0) {
            heads.push(word(words, at + 1).to_owned());
        }
    }
    heads
}

pub(crate) fn names(words: &[String], path: &str) -> bool {
    let segments: Vec<&str> = path.split("::").collect();
    (0..words.len()).any(|at| {
        // `crate::x::tokio` or `self.tokio` is a name of our own.
        let is_start = at == 0 || !["::", "."].contains(&words[at - 1].as_str());
        let follows = |(i, segment): (usize, &&str)| {
            word(words, at + 2 * i) == *segment && (i == 0 || word(words, at + 2 * i - 1) == "::")
        };
        is_start && segments.iter().enumerate().all(follows)
    })
}

fn word(words: &[String], at: usize) -> &str {
    words.get(at).map_or("", String::as_str)
}

/// Identifiers, `::` and single marks, without comments and literals.
pub(crate) fn words(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let next = rest.get(1).copied().unwrap_or(' ');
        match rest[0] {
            '/' if next == '/' => at += rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            '/' if next == '*' => at += block_comment(rest),
            '"' => at += literal(rest, '"'),
            // 'a' and '\n' are characters, 'a alone is a lifetime.
            '\'' if next == '\\' || rest.get(2) == Some(&'\'') => at += literal(rest, '\''),
            'r' if next == '"' || next == '#' => at += raw_string(rest, &mut found),
            ':' if next == ':' => {
                found.push("::".to_owned());
                at += 2;
            }
            c if is_word(c) => at += identifier(rest, &mut found),
            c => {
                if !c.is_whitespace() {
                    found.push(c.to_string());
                }
                at += 1;
            }
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn identifier(rest: &[char], found: &mut Vec<String>) -> usize {
    let length = rest.iter().take_while(|c| is_word(**c)).count();
    found.push(rest[..length].iter().collect());
    length
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < rest.len() {
        match (rest[at], rest[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn literal(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// `r"..."`, `r#"..."#`; `r#type` is an identifier.
fn raw_string(rest: &[char], found: &mut Vec<String>) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 1 + hashes + identifier(&rest[1 + hashes..], found);
    }
    let end: Vec<char> = std::iter::once('"')
        .chain("#".repeat(hashes).chars())
        .collect();
    let start = 2 + hashes;
    let length = rest[start..]
        .windows(end.len())
        .position(|window| window == end);
    length.map_or(rest.len(), |length| start + length + end.len())
}
