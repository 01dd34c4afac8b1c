//! What is wrong with a diagram is said with its element, its line, and the way out.

use bpmn::read::read;

use crate::document;

/// The faults of a process between a start and an end, as `line element: message (hint)`.
fn faults(process: &str) -> Vec<String> {
    read(&document(process)).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn flow(from: &str, to: &str) -> String {
    format!("<sequenceFlow id=\"{from}_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>\n")
}

fn flows(all: &[(&str, &str)]) -> String {
    all.iter().map(|(from, to)| flow(from, to)).collect()
}

/// Elements, the flows between them, and what is said.
type Wrong = (&'static str, &'static [(&'static str, &'static str)], &'static str);

#[test]
fn each_wrong_drawing_has_its_sentence() {
    let table: &[Wrong] = &[
        (
            "<startEvent id=\"s\"/>\n<inclusiveGateway id=\"g\"/>\n<endEvent id=\"z\"/>",
            &[("s", "g"), ("g", "z")],
            "line 5, g: inclusiveGateway is not carried out (use an AND gateway with an XOR around each way that is not always taken)",
        ),
        (
            "<startEvent id=\"s\"/><complexGateway id=\"g\"/>",
            &[],
            "line 4, g: complexGateway is not carried out (use XOR and AND gateways)",
        ),
        (
            "<startEvent id=\"s\"/><userTask id=\"t\" backroom:group=\"g\"/><endEvent id=\"a\"/><endEvent id=\"b\"/>",
            &[("s", "t"), ("t", "a"), ("t", "b")],
            "line 4, t: the ways part here without a gateway (put an XOR or AND gateway behind it)",
        ),
        (
            "<startEvent id=\"s\"/><parallelGateway id=\"g\"/><endEvent id=\"a\"/><endEvent id=\"b\"/>",
            &[("s", "g"), ("g", "a"), ("g", "b")],
            "line 4, g: the ways of the AND gateway do not all meet again",
        ),
        (
            "<startEvent id=\"s\"/><exclusiveGateway id=\"g\" default=\"g_j\"/>
<parallelGateway id=\"j\"/><endEvent id=\"z\"/>
<sequenceFlow id=\"x\" sourceRef=\"g\" targetRef=\"j\"><conditionExpression>a = 1</conditionExpression></sequenceFlow>",
            &[("s", "g"), ("g", "j"), ("j", "z")],
            "line 5, j: the AND gateway joins ways that no AND gateway has parted (use an XOR gateway)",
        ),
        (
            "<startEvent id=\"s\"/><exclusiveGateway id=\"g\"/><endEvent id=\"a\"/><endEvent id=\"b\"/>",
            &[("s", "g"), ("g", "a"), ("g", "b")],
            "line 4, g: it has no default way",
        ),
        ("<startEvent id=\"s\"/><userTask id=\"t\"/>", &[], "line 4, t: it says no group"),
        ("<startEvent id=\"s\"/><serviceTask id=\"t\"/>", &[], "line 4, t: it says no call"),
        (
            "<startEvent id=\"s\"/><intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>1 day</timeDuration></timerEventDefinition></intermediateCatchEvent>",
            &[],
            "line 4, w: 1 day is no duration (write e.g. PT15M, PT2H, P1D, or =name for a parameter)",
        ),
        (
            "<startEvent id=\"s\"/><exclusiveGateway id=\"l\"/><exclusiveGateway id=\"g\" default=\"g_z\"/><endEvent id=\"z\"/>
<sequenceFlow id=\"x\" sourceRef=\"g\" targetRef=\"l\"><conditionExpression>a = 1</conditionExpression></sequenceFlow>",
            &[("s", "l"), ("l", "g"), ("g", "z")],
            "line 4, l: the circle never waits",
        ),
        (
            "<startEvent id=\"s\"/><exclusiveGateway id=\"g\" default=\"g_a\"/><endEvent id=\"a\"/><endEvent id=\"b\"/>
<sequenceFlow id=\"x\" sourceRef=\"g\" targetRef=\"b\"><conditionExpression>a >> 1</conditionExpression></sequenceFlow>",
            &[("s", "g"), ("g", "a")],
            "line 5, x: the condition is not understood: at character 4: a name or a value is expected",
        ),
        (
            "<startEvent id=\"s\"/><endEvent id=\"z\"/><userTask id=\"t\" backroom:group=\"g\"/><endEvent id=\"y\"/>",
            &[("s", "z"), ("t", "y")],
            "line 4, t: no way leads here",
        ),
        (
            "<startEvent id=\"s\"/><endEvent id=\"z\"><errorEventDefinition errorRef=\"e1\"/></endEvent>",
            &[("s", "z")],
            "line 4, z: nobody catches this error",
        ),
        ("<endEvent id=\"z\"/>", &[], "p: it has no start event"),
    ];
    for (elements, arrows, expected) in table {
        let found = faults(&format!("{elements}\n{}", flows(arrows)));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}\n{found:#?}");
    }
    assert!(read("<definitions").unwrap_err()[0].message.contains("not well-formed"));
    assert!(read("<html/>").unwrap_err()[0].message.contains("no BPMN 2.0"));
}

#[test]
fn a_way_beside_a_step_ends_by_itself() {
    let found = faults(&format!(
        "<startEvent id=\"s\"/><userTask id=\"t\" backroom:group=\"g\"/>
<boundaryEvent id=\"b\" attachedToRef=\"t\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<exclusiveGateway id=\"x\"/><endEvent id=\"z\"/>{}",
        flows(&[("s", "t"), ("t", "x"), ("b", "x"), ("x", "z")])
    ));
    assert!(found.iter().any(|fault| fault.contains("b: the way beside the step meets the main way")), "{found:#?}");
}
