//! SOAP 1.1 and 1.2: an envelope around a carrier's XML. What is inside is read as if it had come alone; a fault is the
//! carrier's error, whichever adapter reads it.

use crate::xml::Element;

/// The reply inside the envelope. A body of several elements (SOAP encoding with its `multiRef`s), an empty one and a fault
/// stay as they are.
pub fn unwrapped(mut root: Element) -> Element {
    if !is(&root, "Envelope") {
        return root;
    }
    let Some(body) = root.children.iter_mut().find(|child| is(child, "Body")) else { return root };
    match body.children.as_slice() {
        [lone] if !is(lone, "Fault") => body.children.remove(0),
        _ => root,
    }
}

/// What a fault says: its string (1.1) or reason (1.2), and what the detail explains of it.
pub fn fault(root: &Element) -> Option<String> {
    let fault = root.at("Body/Fault").filter(|_| is(root, "Envelope"))?;
    let string = fault.text("faultstring").or_else(|| fault.text("Reason/Text"));
    let code = fault.text("faultcode").or_else(|| fault.text("Code/Subcode/Value")).or_else(|| fault.text("Code/Value"));
    let detail = fault.at("detail").or_else(|| fault.at("Detail"));
    let explained =
        detail.and_then(|d| ["Description", "message", "desc", "ErrorMessage", "errorText", "text"].iter().find_map(|name| said(d, name)));
    let mut words: Vec<String> = [string.or(code), explained].into_iter().flatten().collect();
    words.dedup();
    Some(if words.is_empty() { "a SOAP fault without words".into() } else { words.join(": ") })
}

fn said(detail: &Element, name: &str) -> Option<String> {
    detail.find_all(name).into_iter().map(|e| e.text.clone()).find(|text| !text.is_empty())
}

fn is(element: &Element, name: &str) -> bool {
    element.name.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml;

    fn read(inside: &str) -> Element {
        let text = format!(
            r#"<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header><x/></e:Header><e:Body>{inside}</e:Body></e:Envelope>"#
        );
        xml::from_bytes(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_reply_is_read_as_if_it_had_come_alone() {
        assert_eq!(read(r#"<n:TrackReply xmlns:n="urn:n"><n:Parcel/></n:TrackReply>"#).name, "TrackReply");
        assert_eq!(read("<a/><multiRef/>").name, "Envelope");
        assert_eq!(read("").name, "Envelope");
        assert_eq!(xml::from_bytes(b"<Body><a/></Body>").unwrap().name, "Body");
    }

    #[test]
    fn a_fault_of_either_version_says_why() {
        let old = "<Fault><faultcode>Server</faultcode><faultstring>Refused</faultstring><detail><err><Description>No such number</Description></err></detail></Fault>";
        assert_eq!(fault(&read(old)).as_deref(), Some("Refused: No such number"));
        let new = r#"<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang="en">Not known</e:Text></e:Reason></e:Fault>"#;
        assert_eq!(fault(&read(new)).as_deref(), Some("Not known"));
        assert_eq!(fault(&read("<Fault/>")).as_deref(), Some("a SOAP fault without words"));
        assert_eq!(fault(&read("<a/>")), None);
    }
}
