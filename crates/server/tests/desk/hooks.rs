//! The hook's address and the secrets of those who sign, at the desk.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use whereabouts_server::{vault::Keys, web::routes};

use crate::{House, Office, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_shown_where_a_key_keeps_it() {
    let office = Office::open().await;
    assert!(office.page("/desk/hooks").await.contains("could not be kept"), "without a key it was seen once");
    let mut config = sandbox();
    config.keys = Keys::fresh();
    let house = House::open(config).await;
    let router = routes::router(Arc::clone(&house.app));
    let office = Office::opened(Office { house, router, cookie: String::new() }).await;
    let page = office.page("/desk/hooks").await;
    assert!(page.contains(&office.house.retailer.hook_url) && page.contains("data-copy=\"a-hka_"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_lets_callers_in_beside_the_old_one_until_that_is_taken_away_and_that_can_be_undone() {
    let mut config = sandbox();
    config.keys = Keys::fresh();
    let house = House::open(config).await;
    let router = routes::router(Arc::clone(&house.app));
    let office = Office::opened(Office { house, router, cookie: String::new() }).await;
    let rings = async |url: &str| {
        let request = Request::get(url).body(Body::empty()).unwrap();
        office.ask(request).await.status == StatusCode::OK
    };
    let shown = async || {
        let page = office.page("/desk/hooks").await;
        let ids: Vec<String> =
            page.split("/desk/hooks/addresses/").skip(1).map(|rest| rest.split('"').next().unwrap().to_string()).collect();
        (page, ids)
    };
    let old = office.house.retailer.hook_url.clone();
    let id_of_old = shown().await.1.iter().find_map(|id| id.strip_suffix("/revoke").map(str::to_string)).unwrap();
    let only = office.post(&format!("/desk/hooks/addresses/{id_of_old}/revoke"), &[]).await;
    assert_eq!(only.status, StatusCode::SEE_OTHER);
    assert!(rings(&old).await, "the only one stays");

    let made = office.post("/desk/hooks/addresses", &[]).await;
    assert_eq!((made.status, made.to.as_str()), (StatusCode::SEE_OTHER, "/desk/hooks"));
    let page = shown().await.0;
    let new = page.split("id=\"a-hka_").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap().to_string();
    let new = new[new.find("/hooks/").unwrap()..].to_string();
    assert!(new != old && rings(&new).await && rings(&old).await, "{new} beside {old}");

    office.post(&format!("/desk/hooks/addresses/{id_of_old}/revoke"), &[]).await;
    assert!(rings(&new).await && !rings(&old).await);
    assert!(shown().await.0.contains("Taken away lately"));
    office.post(&format!("/desk/hooks/addresses/{id_of_old}/restore"), &[]).await;
    assert!(rings(&new).await && rings(&old).await);
    for wrong in ["hka_nobody/revoke", &format!("{id_of_old}/eat")] {
        assert_eq!(office.post(&format!("/desk/hooks/addresses/{wrong}"), &[]).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_a_new_address_is_shown_once() {
    let office = Office::open().await;
    let made = office.post("/desk/hooks/addresses", &[]).await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.text.contains("id=\"fresh\"") && made.text.contains("not shown again"), "{}", made.text);
    assert!(!office.page("/desk/hooks").await.contains("id=\"fresh\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_set_at_the_desk_never_shown_and_taken_away() {
    let office = Office::open().await;
    let payload = r#"{"event":"tracking_update","msg":{"tracking_number":"QX1","slug":"royal-mail","checkpoints":[]}}"#;
    let call = async || {
        let request = Request::post(format!("{}/aftership", office.house.retailer.hook_url)).body(Body::from(payload)).unwrap();
        let status = office.ask(request).await.status;
        office.pass(0).await;
        status
    };
    assert_eq!(call().await, StatusCode::ACCEPTED);
    let page = office.page("/desk/hooks").await;
    assert!(page.contains("/desk/received?dialect=aftership") && page.contains("Not checked"), "{page}");

    let set = office.post("/desk/hooks/aftership", &[("secret", "kept-between-us")]).await;
    assert_eq!((set.status, set.to.as_str()), (StatusCode::SEE_OTHER, "/desk/hooks"));
    assert_eq!(call().await, StatusCode::UNAUTHORIZED);
    let page = office.page("/desk/hooks").await;
    assert!(page.contains("Signature required") && page.contains("set ") && !page.contains("kept-between-us"), "{page}");
    assert!(page.contains(">Wrong</span>"), "the refused payload is the last one: {page}");

    office.post("/desk/hooks/aftership/remove", &[]).await;
    assert_eq!(call().await, StatusCode::ACCEPTED);
    assert!(!office.page("/desk/hooks").await.contains("Signature required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_one_is_refused_beside_its_field() {
    let office = Office::open().await;
    let refused = office.post("/desk/hooks/shipengine", &[("secret", "no key at all")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("must be the public key that ShipEngine publishes")
            && refused.text.contains("<details id=\"d-shipengine\" open>")
    );
    assert!(!refused.text.contains("no key at all"));
    assert_eq!(office.post("/desk/hooks/shipengine", &[("secret", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(office.post("/desk/hooks/nobody", &[("secret", "x")]).await.status, StatusCode::NOT_FOUND);
}
