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
    assert!(page.contains(&office.house.retailer.hook_url) && page.contains("data-copy=\"address\""), "{page}");
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
