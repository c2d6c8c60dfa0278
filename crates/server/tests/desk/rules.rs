//! Rules at the desk, without script: made, tried, switched, changed, removed, and each of it undone.

use axum::http::StatusCode;
use serde_json::json;

use crate::{Office, form};

impl Office {
    /// The page, with word of what the answer before did.
    async fn page_after(&self, seen: &crate::Seen) -> String {
        let toast = seen.cookies.iter().find(|c| c.starts_with("wb_done=")).expect("word of what was done").split(';').next().unwrap();
        let request = axum::http::Request::get(&seen.to).header("cookie", format!("{}; {toast}", self.cookie));
        self.ask(request.body(axum::body::Body::empty()).unwrap()).await.text
    }

    /// Presses *Undo* in the toast of a page.
    async fn undo_in(&self, page: &str) {
        let toasts = page.split("id=\"toasts\"").nth(1).unwrap();
        let action = toasts.split("action=\"").nth(1).expect("an undo").split('"').next().unwrap().to_string();
        assert_eq!(self.post(&action, &[]).await.status, StatusCode::SEE_OTHER);
    }

    async fn told(&self) -> Vec<String> {
        let read = self.house.app.db.read().await.unwrap();
        let sent = whereabouts_server::db::notifications::outbox(&read, self.house.id()).await.unwrap();
        sent.into_iter().map(|n| n.kind).collect()
    }
}

fn id_of(page: &str, name: &str) -> String {
    let before = page.split(name).next().unwrap();
    before.rsplit("/desk/rules/").next().unwrap().split('"').next().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_what_each_rule_sends_on_what_and_to_whom() {
    let office = Office::open().await;
    let page = office.page("/desk/rules").await;
    for words in ["When it is delivered", "E-mail “Delivered” to buyer and recipient", "When it may be missing", "Alert “may be missing”"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_switched_off_sends_nothing_until_that_is_undone() {
    let office = Office::open().await;
    let id = id_of(&office.page("/desk/rules").await, "Tell the shopper: delivered");
    let off = office.post(&format!("/desk/rules/{id}/switch"), &[]).await;
    let page = office.page_after(&off).await;
    assert!(page.contains("“Tell the shopper: delivered” is switched off") && page.contains("aria-checked=\"false\""), "{page}");
    let parcel = |n: &str| {
        json!({"order_number": n, "tracking_number": n, "carrier": "royalmail", "shipped_at": office.house.app.clock.now().to_string(),
            "recipient": {"email": "aoife@example.com"}})
    };
    let delivered = async |n: &str| {
        office.register(parcel(n)).await;
        let event = json!({"events": [{"tracking_number": n, "carrier": "royalmail", "state": "delivered",
            "occurred_at": office.house.app.clock.now().to_string()}]});
        let key = format!("Bearer {}", office.house.retailer.api_key);
        let request = axum::http::Request::post("/api/v1/tracking-events").header("authorization", key);
        office.ask(request.body(axum::body::Body::from(event.to_string())).unwrap()).await;
        office.pass(0).await;
    };
    delivered("QX1").await;
    assert_eq!(office.told().await, Vec::<String>::new());
    office.undo_in(&page).await;
    delivered("QX2").await;
    assert_eq!(office.told().await, ["delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_kept_changed_and_removed_and_each_of_it_is_undone() {
    let office = Office::open().await;
    office.late("1001").await;
    // Before anything was said there is something to look at: the sentence, and the mail in the brand's look.
    let blank = office.page("/desk/rules/new").await;
    assert!(blank.contains("When it is delivered: e-mail “Delivered”") && blank.contains("srcdoc=") && blank.contains("Fern &#38; Field"));
    let mut fields = vec![
        ("tried", "1"),
        ("name", ""),
        ("moment", "late:true"),
        ("field-0", "carrier"),
        ("operator-0", "in"),
        ("value-0", "Royal Mail, evri"),
        ("outcome", "alert"),
        ("kind", "late_and_dear"),
        ("enabled", "yes"),
    ];
    let tried = office.page(&format!("/desk/rules/new?{}", form(&fields))).await;
    assert!(tried.contains("When it becomes late and carrier is one of Royal Mail, Evri: alert “late and dear”."), "{tried}");
    assert!(tried.contains("It would have fired once among the newest 1 parcel.") && tried.contains(">1001</a>"), "{tried}");
    let made = office.post("/desk/rules", &fields).await;
    assert_eq!((made.status, made.to.as_str()), (StatusCode::SEE_OTHER, "/desk/rules"), "{}", made.text);
    let page = office.page_after(&made).await;
    assert!(page.contains("Tell the agents: late and dear") && page.contains("is kept"), "{page}");
    let path = format!("/desk/rules/{}", id_of(&page, "Tell the agents: late and dear"));
    assert!(office.page(&path).await.contains("value=\"royalmail, evri\""));

    // A number where none is asked for is refused in words, and nothing that was typed is lost.
    (fields[1].1, fields[3].1, fields[4].1, fields[5].1) = ("Dear and late", "value", "above", "much");
    let refused = office.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Conditions: must be a number") && refused.text.contains("value=\"much\""), "{}", refused.text);
    fields[5].1 = "100";
    let changed = office.post(&path, &fields).await;
    let page = office.page_after(&changed).await;
    assert!(page.contains("When it becomes late and value is above 100"), "{page}");
    office.undo_in(&page).await;
    assert!(office.page(&path).await.contains("carrier is one of"), "the change is undone");

    let gone = office.post(&format!("{path}/remove"), &[]).await;
    let page = office.page_after(&gone).await;
    assert!(!page.contains("href=\"/desk/rules/rul_") || !page.contains("Alert “late and dear”"), "{page}");
    assert_eq!(office.get(&path).await.status, StatusCode::NOT_FOUND);
    office.undo_in(&page).await;
    assert!(office.page("/desk/rules").await.contains("Alert “late and dear”"));
    // What was made is taken back by the same way.
    let list = office.page_after(&made).await;
    office.undo_in(&list).await;
    assert!(!office.page("/desk/rules").await.contains("Alert “late and dear”"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_says_for_whom_a_rule_can_never_fire() {
    let office = Office::open().await;
    office.register(json!({"order_number": "1", "tracking_number": "QX000000016GB", "carrier": "royalmail"})).await;
    let asked = [("tried", "1"), ("moment", "state:final_delivery_attempt"), ("outcome", "notify:action_needed"), ("enabled", "yes")];
    let page = office.page(&format!("/desk/rules/new?{}", form(&asked))).await;
    assert!(page.contains("This rule can never fire for Royal Mail: it has no code and no words for"), "{page}");
    office.post("/desk/rules", &asked).await;
    assert!(office.page("/desk/rules").await.contains("Never for Royal Mail"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_form_cannot_say_is_edited_as_json() {
    let office = Office::open().await;
    let when = r#"{"any":[{"field":"late","is":true},{"field":"disputed","is":true}]}"#;
    let fields = [("name", "Either"), ("when", when), ("outcome", "alert"), ("kind", "either"), ("enabled", "yes")];
    office.post("/desk/rules", &fields).await;
    let list = office.page("/desk/rules").await;
    assert!(list.contains("When it is late or it is disputed"), "{list}");
    let path = format!("/desk/rules/{}", id_of(&list, "Either"));
    let page = office.page(&path).await;
    assert!(page.contains("<textarea id=\"when\"") && page.contains("&#34;disputed&#34;"), "{page}");
    let refused = office.post(&path, &[("when", "{"), ("outcome", "alert"), ("kind", "either")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("The conditions are no JSON"), "{}", refused.text);
    for path in ["/desk/rules/rul_nobody", "/desk/rules/%00"] {
        assert_eq!(office.get(path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(office.post(&format!("{path}/switch"), &[]).await.status, StatusCode::NOT_FOUND);
    }
}
