use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;

/// Every way we know of writing an address that a webhook must not reach.
const REFUSED: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/hook",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://127.255.255.254/",
    "https://%31%32%37.0.0.1/",
    "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::1]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2001::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[::]/",
    "https://[2a00:1450::5efe:10.0.0.1]/",
    "https://0.0.0.0/",
    "https://0/",
    "https://0.1.2.3/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://167772161/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://0xc0a80001/",
    "https://192.168.257/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://[::ffff:169.254.169.254]/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://localhost/",
    "https://LOCALHOST:9/",
    "https://localhost./",
    "https://shop.localhost/",
    "https://metadata.google.internal/computeMetadata/",
    "https://db.internal/",
    "https://printer.local/",
    "https://intranet/",
    "https://user:secret@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "https:\\\\127.0.0.1\\",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com/hook",
    "https://",
    "https://exa mple.com/",
    "https://example.com/\r\nX-Injected: 1",
    "https://example.com:0/",
    "https://example.com:99999/",
    "",
];

/// A resolver that a test wrote; a name may answer differently each time it is asked.
fn lookup(answers: &[(&str, &[&[&str]])]) -> Lookup {
    let table: HashMap<String, (AtomicUsize, Vec<Vec<IpAddr>>)> = answers
        .iter()
        .map(|(name, rounds)| {
            let rounds = rounds.iter().map(|r| r.iter().map(|a| a.parse().unwrap()).collect()).collect();
            (name.to_string(), (AtomicUsize::new(0), rounds))
        })
        .collect();
    Arc::new(move |name| {
        let found = table.get(&name).map(|(asked, rounds)| {
            let turn = asked.fetch_add(1, Ordering::SeqCst).min(rounds.len() - 1);
            rounds[turn].clone()
        });
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    })
}

fn egress(loopback: bool, private: bool, answers: &[(&str, &[&[&str]])]) -> Egress {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Egress::with_lookup(loopback, private, lookup(answers))
}

#[tokio::test]
async fn no_way_of_writing_an_inner_address_gets_through() {
    assert!(REFUSED.len() >= 60);
    let egress = egress(false, false, &[]);
    for url in REFUSED {
        assert!(egress.check_target(url).await.is_err(), "{url} was accepted");
        let refused = egress.post(url, &[], "{}".into()).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn public_targets_are_accepted() {
    let egress = egress(false, false, &[("shop.example.com", &[&["93.184.215.14", "2606:4700::1111"]])]);
    for url in
        ["https://shop.example.com/hooks?a=b", "https://93.184.215.14:8443/x", "https://[2606:4700::1111]/", "https://unknown.example/"]
    {
        assert_eq!(egress.check_target(url).await, Ok(()), "{url}");
    }
}

#[tokio::test]
async fn the_sandbox_allows_loopback_and_nothing_else() {
    let egress = egress(true, false, &[("localhost", &[&["127.0.0.1", "::1"]]), ("inner.example", &[&["10.0.0.8"]])]);
    for url in ["http://127.0.0.1:9/x", "http://localhost:9/", "http://[::1]:9/", "https://[::ffff:127.0.0.1]/"] {
        assert_eq!(egress.check_target(url).await, Ok(()), "{url}");
    }
    for url in ["http://10.0.0.1/", "http://169.254.169.254/", "http://0.0.0.0/", "http://[fe80::1]/", "https://inner.example/"] {
        assert!(egress.check_target(url).await.is_err(), "{url} was accepted");
    }
}

#[tokio::test]
async fn an_operator_may_allow_private_networks_but_never_metadata() {
    let egress = egress(false, true, &[("erp", &[&["10.0.0.8"]]), ("sly.example", &[&["169.254.169.254"]])]);
    for url in ["http://10.0.0.1/", "http://erp/", "http://[fd12::1]/", "http://127.0.0.1/"] {
        assert_eq!(egress.check_target(url).await, Ok(()), "{url}");
    }
    for url in ["http://169.254.169.254/", "http://100.100.100.200/", "http://[fd00:ec2::254]/", "http://sly.example/"] {
        assert!(egress.check_target(url).await.is_err(), "{url} was accepted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_rebinds_mixes_or_errs_never_connects_to_this_machine() {
    let canary = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = canary.local_addr().unwrap().port();
    let egress = egress(
        false,
        false,
        &[
            ("rebinds.example", &[&["93.184.215.14"], &["127.0.0.1"]]),
            ("mixed.example", &[&["93.184.215.14", "127.0.0.1"]]),
            ("mixed6.example", &[&["2606:4700::1111", "::ffff:127.0.0.1"]]),
            ("empty.example", &[&[]]),
        ],
    );
    assert_eq!(egress.check_target(&format!("https://rebinds.example:{port}/")).await, Ok(()));
    for name in ["rebinds", "mixed", "mixed6", "empty"] {
        let refused = egress.post(&format!("https://{name}.example:{port}/"), &[], "{}".into()).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{name}: {refused:?}");
    }
    let unknown = egress.post(&format!("https://unknown.example:{port}/"), &[], "{}".into()).await;
    assert_eq!(unknown, Err(CallError::NoConnection));
    let touched = tokio::time::timeout(Duration::from_millis(100), canary.accept()).await;
    assert!(touched.is_err(), "somebody connected to the canary");
}
