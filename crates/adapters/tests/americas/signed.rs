//! Signatures of webhooks.

use whereabouts_adapters::{
    carrier::Payload,
    signature::{self, BadSignature},
};

use super::carrier;

#[test]
fn a_webhook_that_nobody_signed_is_refused() {
    let body = br#"{"event":"track_updated","data":{"tracking_number":"N"}}"#;
    let signed = |id: &str, headers: &[(&str, String)], secret: &str| {
        let headers: Vec<(String, String)> = headers.iter().map(|(n, v)| ((*n).into(), v.clone())).collect();
        carrier(id).verify(&Payload { headers: &headers, ..Payload::of(body) }, secret, jiff::Timestamp::UNIX_EPOCH)
    };
    let whole = signature::hex(&signature::hmac_sha256(b"secret", &[body]));
    assert_eq!(signed("teleship", &[("x-teleship-signature", whole.clone())], "secret"), Ok(()));
    assert_eq!(signed("teleship", &[("x-teleship-signature", whole.to_uppercase())], "secret"), Ok(()));
    assert_eq!(signed("teleship", &[("x-teleship-signature", whole.clone())], "another"), Err(BadSignature::Wrong));
    assert_eq!(signed("teleship", &[], "secret"), Err(BadSignature::Missing));
    let stamped = signature::hex(&signature::hmac_sha256(b"secret", &[b"1780000000", b".", body]));
    assert_eq!(signed("shippo", &[("shippo-auth-signature", format!("t=1780000000,v1={stamped}"))], "secret"), Ok(()));
    assert_eq!(signed("shippo", &[("shippo-auth-signature", format!("t=1780000001,v1={stamped}"))], "secret"), Err(BadSignature::Wrong));
    assert_eq!(signed("shippo", &[("shippo-auth-signature", format!("v1={stamped}"))], "secret"), Err(BadSignature::Missing));
    assert_eq!(signed("shippo", &[], "secret"), Err(BadSignature::Missing));
    assert_eq!(signed("sendle", &[], "secret"), Err(BadSignature::NotOffered));
}
