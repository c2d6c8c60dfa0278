//! What an agent may copy and send.

use serde_json::json;

use super::{HOUR, Office};

const DAY: i64 = 24 * HOUR;

#[tokio::test(flavor = "multi_thread")]
async fn the_day_that_an_agent_tells_is_the_one_on_the_shoppers_page() {
    let office = Office::open().await;
    let now = office.house.app.clock.now().as_millisecond();
    let at = |ms: i64| jiff::Timestamp::from_millisecond(now + ms).unwrap().to_string();
    let day = |days: i64| at(days * DAY)[..10].to_string();
    let parcel = |number: &str, days_ago: i64, promised: String| {
        json!({"order_number": number, "tracking_number": number, "carrier": "royalmail",
            "ordered_at": at(-days_ago * DAY), "handed_over_at": at(-days_ago * DAY),
            "promised": {"end": promised}, "destination": {"postcode": "LS1 4DT", "country": "GB"}})
    };
    // What parcels take: three to five days.
    for k in 0..60 {
        let (number, days_ago) = (format!("PAST{k}"), 40 - k / 2);
        office.register(parcel(&number, days_ago, day(7 - days_ago))).await;
        office.says(&number, "delivered", &at((3 + k % 3 - days_ago) * DAY + HOUR)).await;
    }
    let id = office.register(parcel("NEXT", 0, day(4))).await;
    office.pass(HOUR).await;
    let page = office.page(&format!("/desk/shipments/{id}")).await;
    assert!(page.contains("ours, learnt from"), "{page}");
    let shopper = office.get(&format!("/desk/shipments/{id}/page")).await.to;
    let shopper = office.page(&shopper[shopper.find("/t/").unwrap()..]).await;
    let (_, said) = page.split_once("is on its way with Royal Mail and is expected ").expect("what to say");
    let (said, _) = said.split_once('.').unwrap();
    let (_, heading) = shopper.split_once("<h1>").unwrap();
    let (heading, _) = heading.split_once("</h1>").unwrap();
    assert!(heading.contains(said), "the page says {heading:?}, the agent {said:?}");
}
