//! What a retailer's forecasts and promises were worth, as of the last grading: a document for each subject.

use super::engine::{DbError, Read, Row, Write};
use crate::{args, sql};

sql! {
    GET = "SELECT graded_at, doc FROM grade WHERE retailer_id = $1 AND subject = $2";
    PUT = "
        INSERT INTO grade (retailer_id, subject, graded_at, doc)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (retailer_id, subject) DO UPDATE SET graded_at = excluded.graded_at, doc = excluded.doc";
}

/// What is graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Forecasts,
    Promises,
}

impl Subject {
    fn id(self) -> &'static str {
        match self {
            Subject::Forecasts => "forecasts",
            Subject::Promises => "promises",
        }
    }
}

/// When it was graded, and the document.
pub async fn get(read: &Read<'_>, retailer: &str, subject: Subject) -> Result<Option<(i64, String)>, DbError> {
    let told = |r: Row| (r.int(0), r.text(1));
    Ok(read.one(&GET, args![retailer, subject.id()]).await?.map(told))
}

pub async fn put(tx: &mut Write, retailer: &str, subject: Subject, at: i64, doc: &str) -> Result<(), DbError> {
    tx.exec(&PUT, args![retailer, subject.id(), at, doc]).await.map(|_| ())
}
