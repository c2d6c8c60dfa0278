//! What came in, at the desk: mapped, put right, given a meaning; all of it whole without script.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;

use crate::{Office, form};

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_is_mapped_at_the_desk_without_script() {
    let office = Office::open().await;
    let sent =
        json!({"runs": [{"docket": "NV-100042", "moves": [{"kind": "H1", "says": "Delivered by hand", "when": "16/11/2026 08:10"}]}]});
    let hook = Request::post(&office.house.retailer.hook_url).body(Body::from(sent.to_string())).unwrap();
    assert_eq!(office.ask(hook).await.status, StatusCode::ACCEPTED);
    office.pass(0).await;
    let quarantine = office.page("/desk/quarantine").await;
    let start =
        quarantine.split("href=\"").find(|rest| rest.starts_with("/desk/mappings/new")).unwrap().split('"').next().unwrap().to_string();
    // The proposal stands in the form, and what comes of it below.
    let page = office.page(&start).await;
    assert!(page.contains(r#"<option value="/runs/docket" selected>"#) && page.contains("Delivered by hand"), "{page}");
    assert!(page.contains("1 event of 1 number"), "{page}");
    let payload = start.split('=').nth(1).unwrap();
    let mut fields = vec![
        ("payload", payload),
        ("tried", "1"),
        ("name", ""),
        ("carrier", "norfolk_vans"),
        ("events", "/runs/moves"),
        ("tracking_number", "/runs/docket"),
        ("occurred_at", "/runs/moves/when"),
        ("carrier_code", "/runs/moves/kind"),
        ("description", "/runs/moves/says"),
        ("words", "kept"),
        ("zone", "Europe/London"),
        ("code.H1", "delivered_to_neighbour"),
    ];
    let tried = office.page(&format!("/desk/mappings/new?{}", form(&fields))).await;
    assert!(tried.contains("</svg>Delivered to neighbour</span>") && tried.contains("nothing is changed until you keep it"), "{tried}");
    // Each scan may name its carrier itself, beside the one that the mapping names.
    let each = office.page(&format!("/desk/mappings/new?{}&carrier_at=%2Fruns%2Fmoves%2Fsays", form(&fields))).await;
    let chosen = each.split(r#"name="carrier_at""#).nth(1).unwrap().split("</select>").next().unwrap();
    assert!(chosen.contains(r#"<option value="/runs/moves/says" selected>"#), "{chosen}");
    assert!(each.contains(r#"name="carrier" value="norfolk_vans""#), "{each}");
    // Without a name it is not kept, says so, and forgets nothing that was picked.
    let refused = office.post("/desk/mappings", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("Give it a name") && refused.text.contains(r#"<option value="/runs/docket" selected>"#),
        "{}",
        refused.text
    );
    fields[2].1 = "Norfolk Vans";
    let kept = office.post("/desk/mappings", &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    office.pass(0).await;
    let page = office.page(&kept.to).await;
    assert!(page.contains("1 payload of the quarantine looked at, 1 read again") && page.contains("Version 1"), "{page}");
    assert!(office.page("/desk/quarantine").await.contains("Everything that came in was understood"));
    let received = office.page("/desk/received").await;
    assert!(received.contains("by your mapping: Norfolk Vans") && received.contains("1 number, 1 event"), "{received}");
    let gone = office.post(&format!("{}/delete", kept.to), &[]).await;
    assert_eq!(gone.to, "/desk/mappings");
    assert!(office.page("/desk/mappings").await.contains("No mapping of your own yet"));
    office.post(&format!("{}/restore", kept.to), &[("version", "1")]).await;
    assert!(office.page("/desk/mappings").await.contains("Norfolk Vans"));
}

#[tokio::test(flavor = "multi_thread")]
async fn carriers_are_put_right_at_the_desk_and_back() {
    let office = Office::open().await;
    let id = office.register(json!({"order_number": "A1", "tracking_number": "H00AAA0000000001", "carrier": "royalmail"})).await;
    let asked = [("from", "royalmail"), ("number_begins", "H00"), ("carrier", "evri")];
    let seen = office.page(&format!("/desk/corrections?{}", form(&asked))).await;
    assert!(seen.contains("1 parcel would be Evri") && seen.contains("Put them right"), "{seen}");
    office.post("/desk/corrections", &asked).await;
    assert!(office.page(&format!("/desk/shipments/{id}")).await.contains("Carrier put right"));
    let done = office.page("/desk/corrections").await;
    let undo =
        done.split("action=\"").find(|rest| rest.starts_with("/desk/corrections/cor_")).unwrap().split('"').next().unwrap().to_string();
    office.post(&undo, &[]).await;
    assert!(office.page("/desk/corrections").await.contains("undone by"));
    let unsaid = office.page("/desk/corrections?carrier=evri").await;
    assert!(unsaid.contains("say which shipments") && !unsaid.contains("Put them right"), "{unsaid}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meaning_without_a_code_is_refused_in_words() {
    let office = Office::open().await;
    let refused = office.post("/desk/codes", &[("carrier", "evri"), ("code", ""), ("state", "delivered")]).await;
    assert_eq!(refused.to, "/desk/codes");
    let toast = office
        .ask(
            Request::get("/desk/codes")
                .header("cookie", format!("{}; {}", office.cookie, refused.cookies[0].split(';').next().unwrap()))
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert!(toast.text.contains("say which code of which carrier is meant"), "{}", toast.text);
}
