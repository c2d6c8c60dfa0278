//! Signatures of dialects that have no recorded payloads. Every expected value was computed apart from this code, with
//! Python's `hmac`, `hashlib` and `base64` (the command stands beside it) or with OpenSSL.

use whereabouts_adapters::{carrier::Payload, detect};

use super::adapter;

fn verdict(id: &str, body: &[u8], told: &[(&str, &str)], secret: &str) -> String {
    let headers: Vec<(String, String)> = told.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
    let payload = Payload { body, headers: &headers, ..Payload::default() };
    adapter(id).verify(&payload, secret, "2026-05-04T10:00:00Z".parse().unwrap()).map_or_else(|e| e.to_string(), |()| "good".into())
}

const WRONG: &str = "the signature does not fit the body";
const MISSING: &str = "the signature is missing";

#[test]
fn shopify_signs_the_raw_body() {
    // base64.b64encode(hmac.new(b"shpss_0", b'{"id":1}', "sha256").digest())
    let right = "SoPOPqqcTqNScLquytEHcRhWLdOGXewSS8U6lrZyKUs=";
    assert_eq!(verdict("shopify", br#"{"id":1}"#, &[("X-Shopify-Hmac-Sha256", right)], "shpss_0"), "good");
    assert_eq!(verdict("shopify", br#"{"id": 1}"#, &[("x-shopify-hmac-sha256", right)], "shpss_0"), WRONG);
    assert_eq!(verdict("shopify", br#"{"id":1}"#, &[("x-shopify-hmac-sha256", right)], "shpss_1"), WRONG);
    assert_eq!(verdict("shopify", br#"{"id":1}"#, &[], "shpss_0"), MISSING);
}

#[test]
fn trackingmore_signs_the_time_in_the_headers_or_in_the_body_or_signs_the_body() {
    // hmac.new(b"2e55b9a3-4dd1-4416-9897-c4bd1e3d738f", b"1662371528", "sha256").hexdigest(): the example of its own page.
    let secret = "2e55b9a3-4dd1-4416-9897-c4bd1e3d738f";
    let right = "a37084ab68ae16b77db1f8463f31be9fcc965e2515e03efecf8139bb1e511b06";
    assert_eq!(verdict("trackingmore", b"{}", &[("signature", right), ("timestamp", "1662371528")], secret), "good");
    assert_eq!(verdict("trackingmore", b"{}", &[("signature", right), ("timestamp", "1662371529")], secret), WRONG);
    assert_eq!(verdict("trackingmore", b"{}", &[("signature", right)], secret), WRONG);
    assert_eq!(verdict("trackingmore", b"{}", &[("timestamp", "1662371528")], secret), MISSING);
    // hmac.new(b"ada@example.com", b"1777885920", "sha256").hexdigest()
    let body = br#"{"data":{},"verifyInfo":{"timeStr":1777885920,"signature":"18f65111b0aba45c072fcc218da795e1375a3c4814f3914a3d6a75ae56a3dabb"}}"#;
    assert_eq!(verdict("trackingmore", body, &[], "ada@example.com"), "good");
    assert_eq!(verdict("trackingmore", body, &[], "eve@example.com"), WRONG);
    // base64.b64encode(hmac.new(b"secret", b'{"code":200}', "sha256").digest())
    assert_eq!(
        verdict("trackingmore", br#"{"code":200}"#, &[("signature", "BlBOBUgfDvsVh63qOvBtTpcIbt0yicPldTp9kZ9h7B8=")], "secret"),
        "good"
    );
    assert_eq!(
        verdict("trackingmore", br#"{"code":201}"#, &[("signature", "BlBOBUgfDvsVh63qOvBtTpcIbt0yicPldTp9kZ9h7B8=")], "secret"),
        WRONG
    );
}

#[test]
fn track123_signs_the_time_in_the_body_or_in_the_headers() {
    // hmac.new(b"key-of-ours", b"1777885920", "sha256").hexdigest()
    let body = br#"{"data":{},"verify":{"timestamp":"1777885920","signature":"32dd061084359869cea58ad70e70471ba743374308ccb7a776c4dbe48fb1e625"}}"#;
    assert_eq!(verdict("track123", body, &[], "key-of-ours"), "good");
    assert_eq!(verdict("track123", body, &[], "another"), WRONG);
    let told = [
        ("X-Track123-Timestamp", "1777885920"),
        ("X-Track123-Signature", "32dd061084359869cea58ad70e70471ba743374308ccb7a776c4dbe48fb1e625"),
    ];
    assert_eq!(verdict("track123", b"{}", &told, "key-of-ours"), "good");
    assert_eq!(verdict("track123", b"{}", &told[1..], "key-of-ours"), MISSING);
    assert_eq!(verdict("track123", b"{}", &[], "key-of-ours"), MISSING);
}

#[test]
fn easypost_signs_time_method_path_and_body_in_its_second_version() {
    // hmac.new(unicodedata.normalize("NFKD", "sécret").encode(), (stamp + "POST" + path + body).encode(), "sha256").hexdigest()
    let (body, stamp, path) = (br#"{"object":"Event"}"#, "Mon, 04 May 2026 09:59:00 +0000", "/hooks/abc");
    let right = "e7e9e4f888525c518385e12ca4b76a795f7102e63cd8ee3a3e31ebe266787733";
    let told = |stamp, path| [("X-Hmac-Signature-V2", right), ("X-Timestamp", stamp), ("X-Path", path)];
    assert_eq!(verdict("easypost", body, &told(stamp, path), "sécret"), "good");
    assert_eq!(verdict("easypost", body, &told(stamp, "/hooks/abd"), "sécret"), WRONG);
    assert_eq!(verdict("easypost", body, &told("Mon, 04 May 2026 09:58:00 +0000", path), "sécret"), WRONG);
    assert_eq!(verdict("easypost", b"{}", &told(stamp, path), "sécret"), WRONG);
}

/// The one hook URL: headers come before shape, in the order of the vendors' own documentation.
#[test]
fn a_header_that_only_one_vendor_sends_names_it() {
    let table = [
        ("aftership-hmac-sha256", "aftership"),
        ("x-hmac-signature-v2", "easypost"),
        ("x-shopify-hmac-sha256", "shopify"),
        ("x-shopify-topic", "shopify"),
        ("x-track123-signature", "track123"),
        ("x-shipengine-rsa-sha256-signature", "shipengine"),
    ];
    for (header, id) in table {
        let headers = [(header.to_string(), "x".to_string())];
        let payload = Payload { body: br#"{"anything":1}"#, headers: &headers, ..Payload::default() };
        assert_eq!(detect(&payload).carrier.map(|c| c.card().id), Some(id), "{header}");
    }
    let headers = [("x-hmac-signature".to_string(), "hmac-sha256-hex=00".to_string())];
    let payload = Payload { body: b"{}", headers: &headers, ..Payload::default() };
    assert_eq!(detect(&payload).carrier.map(|c| c.card().id), Some("easypost"));
}

/// A key pair made for this test with `openssl genrsa 2048`; only its public half was kept.
const MODULUS: &str = "44HlWtB1CMFxuwd_ZWuoFr2vSnjonnPmG0QuvA4_en0UllLLHsqmSpA1-zzN-3riQy6kmCw98PnjwfYiN9Y5PVKl6luX8LOYBPoMBelYqbLAnUDaun-RiJtveIJPd31EOH5YvRkdwDf3GLpvuoli5twXT_M8DPmTuxYdzC3CXXlwyY-dEG4z1y62vkWOojM3T2VoI9l11-CiISoTi3Hw8l7XBxSh23V0GzxM7FPf0cNO0UCoOVW9EkNz-tPGKs51Y1fznyeLCm0lyz1rWCcNy7gxEQzXxLg8SJr7BOIheVHrSmydcVG6NXZQJWV4P_HjbXLQIe4rbxhxFz50z0xX1w";
const PEM: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA44HlWtB1CMFxuwd/ZWuo
Fr2vSnjonnPmG0QuvA4/en0UllLLHsqmSpA1+zzN+3riQy6kmCw98PnjwfYiN9Y5
PVKl6luX8LOYBPoMBelYqbLAnUDaun+RiJtveIJPd31EOH5YvRkdwDf3GLpvuoli
5twXT/M8DPmTuxYdzC3CXXlwyY+dEG4z1y62vkWOojM3T2VoI9l11+CiISoTi3Hw
8l7XBxSh23V0GzxM7FPf0cNO0UCoOVW9EkNz+tPGKs51Y1fznyeLCm0lyz1rWCcN
y7gxEQzXxLg8SJr7BOIheVHrSmydcVG6NXZQJWV4P/HjbXLQIe4rbxhxFz50z0xX
1wIDAQAB
-----END PUBLIC KEY-----";

#[test]
fn shipengine_signs_time_and_body_with_its_own_key() {
    // printf '%s.%s' "$time" "$body" | openssl dgst -sha256 -sign key.pem | base64 -w0
    let right = "OarCqpnKVMnqciSngv0j8qpgRCk5pH+iMetvscr/hdy38bjCSAVyY07kRBeeC5XCaa5J+nmL2dvkImK2jBkwlwXn5Qx9mW5duTIJrDpX4j6zt00K1+8RpbsTjGocwBhDP1tLluMea7foLAHA/ZbrMifBd8H47qLmOxdgYb1ebBsN62WyBHhnIRyk85H0YZEN7vl3ggiDdhsh+OUlvT2QmudfrlXqpVMoinfb+pemu5Hah4bXXDaERwHznTaKw0xenRtC13uZD4b/sgWKV/GHOwawoSYfYVNK7U/PoimAylL+BMBRe9yrZ1JucAFttipvlBoCB2dToSFV+aAue1QLqg==";
    let body = br#"{"resource_type":"API_TRACK","data":{"tracking_number":"SE100200300","status_code":"IT","carrier_code":"evri"}}"#;
    let set = |kid: &str| format!(r#"{{"keys":[{{"kty":"RSA","kid":"{kid}","n":"{MODULUS}","e":"AQAB"}}]}}"#);
    let checked = |keys: &str, body: &[u8], time: &str, now: &str| {
        let headers =
            [("x-shipengine-rsa-sha256-signature", right), ("x-shipengine-timestamp", time), ("x-shipengine-rsa-sha256-key-id", "k1")];
        let headers: Vec<(String, String)> = headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        let payload = Payload { body, headers: &headers, ..Payload::default() };
        adapter("shipengine").verify(&payload, keys, now.parse().unwrap()).map_or_else(|e| e.to_string(), |()| "good".into())
    };
    let (time, now) = ("2026-11-16T09:00:00Z", "2026-11-16T09:02:00Z");
    let lone = format!(r#"{{"n":"{MODULUS}","e":"AQAB"}}"#);
    for keys in [set("k1").as_str(), &lone, PEM] {
        assert_eq!(checked(keys, body, time, now), "good", "{keys}");
        assert_eq!(checked(keys, br#"{"resource_type":"API_TRACK"}"#, time, now), WRONG);
        assert_eq!(checked(keys, body, "2026-11-16T09:00:01Z", now), WRONG);
        assert_eq!(checked(keys, body, time, "2026-11-16T10:00:00Z"), "the signed time is too far from now");
    }
    for keys in [set("k2").as_str(), &lone.replace("44", "45"), &PEM.replace("44", "45"), "{}", "", "secret", "-----BEGIN PUBLIC KEY-----"]
    {
        assert_eq!(checked(keys, body, time, now), WRONG, "{keys}");
    }
    assert_eq!(verdict("shipengine", body, &[("x-shipengine-timestamp", time)], PEM), MISSING);
}
