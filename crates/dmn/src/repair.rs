//! What `dsntk` 0.3 gets wrong and the text can mend: a copy of the document in words that it understands rightly.
//!
//! - The type names of the standard that contain blanks (DMN 1.4, table 32) are unknown to it inside item definitions.
//! - `round half down` rounds the tenths above one half down too (2.55 to 2); it is said with `ceiling` and `floor`.
//! - `?`, what a test of a table is about, is unknown to it (`starts with(?, "b")` never fits): what the column asks is said instead.
//! - A business knowledge model that requires itself is followed without end; its own name is known in it anyway.
//! - Scales of 6145 to 6176 (DMN 1.4, table 76) are refused; no number of 34 digits differs there from scale 6144.

use std::borrow::Cow;
use std::ops::Range;

use roxmltree::{Document as Xml, Node};

/// The standard's names of types and those that the engine knows everywhere.
const TYPES: &[(&str, &str)] = &[
    ("date and time", "dateTime"),
    ("days and time duration", "dayTimeDuration"),
    ("years and months duration", "yearMonthDuration"),
];

/// Functions that round a number to a scale.
const ROUNDING: &[&str] = &["round up", "round down", "round half up", "round half down"];

/// The scale as the engine takes it.
const SCALE: &str = "(function(scale) if scale > 6144 and scale <= 6176 then 6144 else scale)";

/// `round half down` as the standard means it: to the nearest, halves towards zero.
const HALF_DOWN: &str = "(function(n, scale) if n = null or scale = null then null \
    else if n < 0 then floor(n + 0.5 * 10 ** -scale, scale) else ceiling(n - 0.5 * 10 ** -scale, scale))";

/// The document as the engine understands it rightly; unchanged where it does already, or where it is not readable.
pub(crate) fn repaired(text: &str) -> Cow<'_, str> {
    let touched = TYPES.iter().any(|(name, _)| text.contains(name))
        || ROUNDING.iter().any(|name| text.contains(name))
        || text.contains("requiredKnowledge")
        || text.matches('?').count() > text.matches("?>").count() + text.matches("<?").count();
    let Some(xml) = touched.then(|| Xml::parse(text).ok()).flatten() else { return Cow::Borrowed(text) };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for node in xml.root_element().descendants().filter(Node::is_element) {
        if let Some(attribute) = node.attribute_node("typeRef")
            && let Some(known) = known_type(attribute.value())
        {
            edits.push((attribute.range_value(), known.to_owned()));
        }
        if requires_itself(node) {
            edits.push((node.range(), String::new()));
            continue;
        }
        let (Some(first), Some(last)) = (node.first_child(), node.last_child()) else { continue };
        let content = first.range().start..last.range().end;
        let new = match node.tag_name().name() {
            "typeRef" => node.text().and_then(known_type).map(str::to_owned),
            "text" if node.children().count() == 1 => node.text().and_then(|text| cell(node, text)),
            _ => None,
        };
        edits.extend(new.map(|new| (content, escaped(&new))));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut copy, mut from) = (String::with_capacity(text.len() + 256), 0);
    for (range, new) in edits {
        copy.push_str(&text[from..range.start]);
        copy.push_str(&new);
        from = range.end;
    }
    copy.push_str(&text[from..]);
    Cow::Owned(copy)
}

/// Whether a knowledge model requires itself here.
fn requires_itself(node: Node<'_, '_>) -> bool {
    let own = node.parent_element().and_then(|parent| parent.attribute("id"));
    node.tag_name().name() == "knowledgeRequirement"
        && own.is_some_and(|own| {
            let required = node.children().find_map(|child| child.attribute("href"));
            required.and_then(|href| href.strip_prefix('#')) == Some(own)
        })
}

/// The text of an expression or of a test, mended; `None` when there is nothing to mend.
fn cell(node: Node<'_, '_>, text: &str) -> Option<String> {
    match asked(node) {
        Some(asked) => tests(text, asked),
        None => expression(text),
    }
}

/// The tests of a cell whose column asks `asked`, mended; `None` when there is nothing to mend.
fn tests(text: &str, asked: &str) -> Option<String> {
    if !mentions_it(text) {
        return expression(text);
    }
    let asked = format!("({})", mended(asked.trim()));
    let test = |text: &str| {
        let said = expression(text).unwrap_or_else(|| text.to_owned());
        if !mentions_it(text) {
            return said;
        }
        // A list is looked through: with what was asked in it the test fits, empty it does not.
        format!("(if ({}) = true then [{asked}] else [])", about(&said, &asked))
    };
    let trimmed = text.trim();
    let negated = trimmed.strip_prefix("not").map(str::trim_start).filter(|rest| rest.starts_with('('));
    if let Some((tests, length)) = negated.and_then(arguments)
        && negated.is_some_and(|rest| rest.len() == length)
    {
        return Some(format!("not({})", tests.into_iter().map(test).collect::<Vec<_>>().join(", ")));
    }
    let bracketed = format!("({trimmed})");
    let (tests, _) = arguments(&bracketed)?;
    Some(tests.into_iter().map(test).collect::<Vec<_>>().join(", "))
}

/// What the tests of a table's column are about: the text of its input expression.
fn asked<'a>(text: Node<'a, '_>) -> Option<&'a str> {
    let cell = text.parent_element()?;
    let kind = cell.tag_name().name();
    let is = |name: &'static str| move |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == name;
    let input = match kind {
        "inputValues" => cell.parent_element()?,
        "inputEntry" => {
            let rule = cell.parent_element()?;
            let column = rule.children().filter(is("inputEntry")).position(|entry| entry == cell)?;
            rule.parent_element()?.children().filter(is("input")).nth(column)?
        }
        _ => return None,
    };
    let expression = input.children().find(is("inputExpression"))?.children().find(is("text"))?;
    expression.text()
}

/// Whether a test mentions what it is about by `?`.
fn mentions_it(text: &str) -> bool {
    about(text, "") != text
}

/// The text with `?` said as `asked`, quoted texts left alone.
fn about(text: &str, asked: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '?';
    let (mut said, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if c == '"' { end_of_text(rest) } else { c.len_utf8() };
        let stands_alone = !text[..at].chars().next_back().is_some_and(is_part)
            && !text[at + length..].chars().next().is_some_and(is_part);
        said.push_str(if c == '?' && stands_alone { asked } else { &rest[..length] });
        at += length;
    }
    said
}

/// An expression as the engine understands it rightly.
pub(crate) fn mended(text: &str) -> Cow<'_, str> {
    expression(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The tests of a cell as the engine understands them rightly; their column asks `asked`.
pub(crate) fn mended_tests<'a>(text: &'a str, asked: &str) -> Cow<'a, str> {
    tests(text, asked).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn known_type(name: &str) -> Option<&'static str> {
    let name = name.trim().strip_prefix("feel:").unwrap_or(name.trim());
    TYPES.iter().find(|(standard, _)| *standard == name).map(|(_, known)| *known)
}

/// The expression with its calls of rounding functions mended; `None` when there is nothing to mend.
fn expression(text: &str) -> Option<String> {
    let mut mended = String::with_capacity(text.len());
    let (mut at, mut is_changed) = (0, false);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if c == '"' {
            let end = end_of_text(rest);
            mended.push_str(&rest[..end]);
            at += end;
            continue;
        }
        let begins_word = !mended.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        if begins_word
            && c == 'r'
            && let Some((call, length)) = rounding(rest)
        {
            mended.push_str(&call);
            at += length;
            is_changed = true;
            continue;
        }
        mended.push(c);
        at += c.len_utf8();
    }
    is_changed.then_some(mended)
}

/// The call of a rounding function at the beginning of `text`, mended, and its length; `None` when nothing is to mend.
fn rounding(text: &str) -> Option<(String, usize)> {
    let name = ROUNDING.iter().find(|name| text.starts_with(**name))?;
    let open = name.len() + text[name.len()..].find(|c: char| !c.is_whitespace())?;
    let (arguments, length) = arguments(&text[open..])?;
    let [n, scale] = arguments.as_slice() else { return None };
    let (n, scale) = match (named(n), named(scale)) {
        (None, None) => (*n, *scale),
        (Some(("n", n)), Some(("scale", scale))) | (Some(("scale", scale)), Some(("n", n))) => (n, scale),
        _ => return None,
    };
    let mend = |text: &str| expression(text).unwrap_or_else(|| text.to_owned());
    let (n, is_far) = (mend(n), scale.trim().parse::<i32>().map_or(true, |scale| scale > 6144));
    let scale = if is_far { format!("{SCALE}({})", mend(scale)) } else { scale.trim().to_owned() };
    let is_plain = scale.trim().parse::<i32>().is_ok_and(|scale| scale.abs() <= 100);
    let call = match *name {
        // Beyond 100 digits the half would vanish in 34 digits: the engine's own rounding changes nothing there.
        "round half down" if is_plain => format!("{HALF_DOWN}({n}, {scale})"),
        _ => format!("{name}({n}, {scale})"),
    };
    Some((call, open + length))
}

/// The arguments of a call whose bracket opens `text`, and how long it is with its brackets.
fn arguments(text: &str) -> Option<(Vec<&str>, usize)> {
    if !text.starts_with('(') {
        return None;
    }
    let (mut found, mut depth, mut from, mut at) = (Vec::new(), 0, 1, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' => {
                at += end_of_text(&text[at..]);
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 1 => {
                found.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        if depth == 0 {
            found.push(&text[from..at]);
            return Some((found, at + 1));
        }
        at += c.len_utf8();
    }
    None
}

/// An argument's name and value where it is given by name.
fn named(argument: &str) -> Option<(&str, &str)> {
    let (name, value) = argument.split_once(':')?;
    let name = name.trim();
    name.chars().all(char::is_alphabetic).then_some((name, value))
}

/// Where the quoted text at the beginning of `text` ends.
pub(crate) fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_that_the_engine_gets_wrong_are_said_otherwise() {
        for same in
            ["round up(5.5, 2)x", "\"round up(1, 6170)\"", "around up(1, 6170)", "round up(1)", "my.round up(1, s)"]
        {
            let new = expression(same).unwrap_or_else(|| same.to_owned());
            assert_eq!(new, same);
        }
        assert_eq!(expression("1 + round up(x, 6176)").unwrap(), format!("1 + round up(x, {SCALE}( 6176))"));
        assert_eq!(
            expression("round down(scale: s, n: f(a, b))").unwrap(),
            format!("round down( f(a, b), {SCALE}( s))")
        );
        assert_eq!(expression("round half down(2.55, 1)").unwrap(), format!("{HALF_DOWN}(2.55, 1)"));
    }

    #[test]
    fn what_a_test_is_about_is_said_in_words() {
        let table = |test: &str| {
            format!(
                "<t><input><inputExpression><text>age</text></inputExpression></input><rule><inputEntry><text>{test}</text></inputEntry></rule></t>"
            )
        };
        for (test, mended) in [
            ("? = 1", "(if ((age) = 1) = true then [(age)] else [])"),
            ("1, even(?)", "1, (if ( even((age))) = true then [(age)] else [])"),
            ("not(odd(?), 2)", "not((if (odd((age))) = true then [(age)] else []),  2)"),
            ("\"?\"", "\"?\""),
            ("is it?", "is it?"),
        ] {
            assert_eq!(repaired(&table(test)), table(mended));
        }
    }

    #[test]
    fn a_model_need_not_require_itself() {
        let text = r##"<m id="a"><knowledgeRequirement><requiredKnowledge href="#a"/></knowledgeRequirement><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement></m>"##;
        let new = r##"<m id="a"><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement></m>"##;
        assert_eq!(repaired(text), new);
    }

    #[test]
    fn types_with_blanks_get_the_names_that_the_engine_knows() {
        let text = r#"<a typeRef="date and time"><typeRef> days and time duration </typeRef><text>x &lt; 1</text></a>"#;
        let new = r#"<a typeRef="dateTime"><typeRef>dayTimeDuration</typeRef><text>x &lt; 1</text></a>"#;
        assert_eq!(repaired(text), new);
    }
}
