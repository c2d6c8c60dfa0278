//! The key under which secrets lie is changed, and nothing is lost when the old one goes.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use whereabouts_server::{
    app::{App, Config},
    context::Brand,
    db::{self, Db},
    flow::{accounts, file_logins, file_sources, hooks, seal_anew, set_up},
    vault::{self, Keys},
};

use crate::world::database;

fn config(keys: &[u8]) -> Config {
    let lines: Vec<String> = keys.iter().map(|n| BASE64_STANDARD.encode([*n; 32])).collect();
    Config { sandbox: true, allow_loopback: true, keys: Keys::parse(&lines.join("\n")).unwrap(), ..Config::plain() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sealed_can_be_opened_when_the_old_key_is_gone() {
    let (db, _folder) = database().await;
    let before = App::start(db.clone(), None, config(&[1])).await.unwrap();
    let made = set_up::retailer(&before, "Acme", "acme@example.com", "sorted", &Brand::default()).await.unwrap();
    let retailer = made.hook_url.rsplit('/').next().unwrap().split('.').next().unwrap();
    let source = json!({"name": "The vans", "host": "sftp.vans.example", "user": "shop", "password": "hunter2-hunter2", "path": "*.csv", "holds": "carrier"});
    file_sources::create(&before, retailer, &source).await.unwrap();
    let door = file_logins::host_key(&before).await.unwrap();
    let account = json!({"carrier": "gls", "credentials": {"client_id": "the-id", "client_secret": "the-secret"}});
    accounts::create(&before, retailer, &serde_json::from_value(account).unwrap()).await.unwrap();

    let between = App::start(db.clone(), None, config(&[2, 1])).await.unwrap();
    seal_anew::run(&between).await.unwrap();

    let after = App::start(db, None, config(&[2])).await.unwrap();
    let read = after.db.read().await.unwrap();
    let source = db::file_sources::all(&read, retailer).await.unwrap().remove(0);
    let account = db::accounts::all(&read, retailer).await.unwrap().remove(0);
    drop(read);
    assert!(file_sources::credential(&after, &source).is_ok(), "a file server's password");
    assert_eq!(file_logins::host_key(&after).await.unwrap().public_key(), door.public_key(), "the key by which our file door is known");
    assert!(accounts::open(&after, retailer, &account).is_ok(), "a carrier's credentials");
    let address = hooks::addresses(&after, retailer).await.unwrap().remove(0);
    assert_eq!(address.url.as_deref(), Some(made.hook_url.as_str()), "the hook's address");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hook_that_init_makes_can_be_shown_with_the_key_that_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("shop.db").display());
    let asked = ["init", "--database", &url, "--retailer", "Shop", "--email", "you@example.com", "--json"];
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_whereabouts")).args(asked).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let keys = vault::load(&folder.path().join("shop.db.key")).unwrap();
    let app = App::start(Db::open(&url).await.unwrap(), None, Config { keys, ..Config::plain() }).await.unwrap();
    let address = hooks::addresses(&app, made["retailer_id"].as_str().unwrap()).await.unwrap().remove(0);
    assert_eq!(address.url.as_deref(), made["hook_url"].as_str());
}
