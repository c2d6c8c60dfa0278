//! What a merchant's program sees: `in/`, with a folder for each kind of file, and `out/` with the results. Made of what the database holds.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use russh_sftp::{
    protocol::{Attrs, Data, File, FileAttributes, FileMode, Handle, Name, OpenFlags, Status, StatusCode, Version},
    server::{Handler, StatusReply},
};

use crate::{
    app::App,
    db::{self, imports::ImportRow},
    flow::{
        FlowError,
        deposit::{self, Holds},
        file_sources::is_whole,
        import,
    },
};

const FILE_MAX: usize = deposit::FILE_MAX;
/// All that one session may hold in memory, and all of them together.
const HELD_MAX: usize = 2 * FILE_MAX;
const ALL_HELD_MAX: usize = 4 * FILE_MAX;
const OPEN_MAX: usize = 16;
const NAME_MAX: usize = 200;
const RESULTS_SHOWN: i64 = 200;

/// Where a path leads. Dots are walked within the tree and never out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Root,
    In,
    /// A folder of `in/`.
    Kind(Holds),
    Sent(Holds, String),
    Out,
    Result(String),
    Nowhere,
}

impl Node {
    fn of(path: &str) -> Node {
        let mut way: Vec<&str> = Vec::new();
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => drop(way.pop()),
                other => way.push(other),
            }
        }
        match way.as_slice() {
            [] => Node::Root,
            ["in"] => Node::In,
            ["out"] => Node::Out,
            ["out", name] => Node::Result((*name).to_string()),
            ["in", name] => Holds::parse(name).map_or_else(|| Node::Sent(Holds::Anything, (*name).to_string()), Node::Kind),
            ["in", kind, name] => Holds::parse(kind).map_or(Node::Nowhere, |kind| Node::Sent(kind, (*name).to_string())),
            _ => Node::Nowhere,
        }
    }

    fn path(&self) -> String {
        match self {
            Node::Root | Node::Nowhere => "/".into(),
            Node::In => "/in".into(),
            Node::Out => "/out".into(),
            Node::Kind(kind) => format!("/in/{}", kind.id()),
            Node::Sent(Holds::Anything, name) => format!("/in/{name}"),
            Node::Sent(kind, name) => format!("/in/{}/{name}", kind.id()),
            Node::Result(name) => format!("/out/{name}"),
        }
    }

    fn is_folder(&self) -> bool {
        matches!(self, Node::Root | Node::In | Node::Kind(_) | Node::Out)
    }
}

enum Open {
    Writing { place: (Holds, String), bytes: Vec<u8> },
    Reading(Vec<u8>),
    Listing(Vec<File>),
}

/// How many bytes all sessions hold.
pub type Held = Arc<AtomicUsize>;

pub struct Tree {
    app: Arc<App>,
    all_held: Held,
    /// What this session has told of that.
    told: usize,
    retailer: String,
    open: HashMap<String, Open>,
    /// Half files that wait for the name that says they are whole.
    half: BTreeMap<(Holds, String), Vec<u8>>,
    handles: u64,
}

type Reply<T> = Result<T, StatusReply>;

fn no<T>(code: StatusCode, why: &str) -> Reply<T> {
    Err(code.with_message(why))
}

fn done(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Ok".into(), language_tag: "en".into() }
}

fn failed(error: FlowError) -> StatusReply {
    match error {
        FlowError::Invalid(faults) => {
            let words: Vec<String> = faults.into_iter().map(|f| f.message).collect();
            StatusCode::Failure.with_message(words.join("; "))
        }
        FlowError::Conflict(why) => StatusCode::Failure.with_message(why),
        FlowError::NotFound => StatusCode::NoSuchFile.into(),
        FlowError::Db(error) => {
            tracing::error!(error = %crate::chain::of(&error), "a file that was sent could not be kept");
            StatusCode::Failure.with_message("it could not be kept; send it again")
        }
    }
}

fn attributes(mode: FileMode, permissions: u32, size: Option<u64>, modified_ms: i64) -> FileAttributes {
    let at = u32::try_from(modified_ms / 1_000).ok();
    FileAttributes {
        size,
        uid: Some(0),
        gid: Some(0),
        permissions: Some(mode.bits() | permissions),
        atime: at,
        mtime: at,
        ..FileAttributes::empty()
    }
}

impl Tree {
    pub fn new(app: Arc<App>, retailer: String, all_held: Held) -> Tree {
        Tree { app, all_held, told: 0, retailer, open: HashMap::new(), half: BTreeMap::new(), handles: 0 }
    }

    fn keep(&mut self, open: Open) -> Reply<String> {
        if self.open.len() >= OPEN_MAX {
            return no(StatusCode::Failure, "too many files are open");
        }
        self.handles += 1;
        let handle = self.handles.to_string();
        self.open.insert(handle.clone(), open);
        Ok(handle)
    }

    fn held(&self) -> usize {
        let open = self.open.values().map(|o| match o {
            Open::Writing { bytes, .. } | Open::Reading(bytes) => bytes.len(),
            Open::Listing(_) => 0,
        });
        open.sum::<usize>() + self.half.values().map(Vec::len).sum::<usize>()
    }

    /// Tells the others how much this session holds now.
    fn tell(&mut self, held: usize) {
        self.all_held.fetch_add(held, Ordering::Relaxed);
        self.all_held.fetch_sub(self.told, Ordering::Relaxed);
        self.told = held;
    }

    fn folder(&self) -> FileAttributes {
        attributes(FileMode::DIR, 0o755, None, self.app.clock.machine_ms())
    }

    /// Files that came this way and are done: each name once, the newest.
    async fn results(&self) -> Reply<Vec<(String, ImportRow)>> {
        let read = self.app.db.read().await.map_err(|e| failed(e.into()))?;
        let all = db::imports::list(&read, &self.retailer, None, RESULTS_SHOWN).await.map_err(|e| failed(e.into()))?;
        let mut found: Vec<(String, ImportRow)> = Vec::new();
        for row in all.into_iter().filter(|i| i.source == deposit::SOURCE && i.state == import::DONE) {
            let name = import::result::name(&row, None, import::result::usual_format(&row));
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, row));
            }
        }
        Ok(found)
    }

    async fn result(&self, name: &str) -> Reply<(ImportRow, Vec<u8>)> {
        let Some((_, row)) = self.results().await?.into_iter().find(|(known, _)| known == name) else {
            return Err(StatusCode::NoSuchFile.into());
        };
        let (_, bytes) = import::result::whole(&self.app, &self.retailer, &row).await.map_err(failed)?;
        Ok((row, bytes))
    }

    /// A file has all its bytes and its last name: it is kept, or waits for its name.
    async fn put(&mut self, place: (Holds, String), bytes: Vec<u8>) -> Reply<()> {
        if !is_whole(&place.1) {
            self.half.insert(place, bytes);
            return Ok(());
        }
        deposit::file(&self.app, &self.retailer, place.0, &place.1, &bytes).await.map_err(failed)
    }

    async fn attributes_of(&self, node: &Node) -> Reply<FileAttributes> {
        match node {
            Node::Sent(kind, name) => match self.half.get(&(*kind, name.clone())) {
                Some(bytes) => Ok(attributes(FileMode::REG, 0o644, Some(bytes.len() as u64), self.app.clock.machine_ms())),
                None => Err(StatusCode::NoSuchFile.into()),
            },
            Node::Result(name) => {
                let (row, bytes) = self.result(name).await?;
                Ok(attributes(FileMode::REG, 0o444, Some(bytes.len() as u64), row.finished_at.unwrap_or(row.created_at)))
            }
            node if node.is_folder() => Ok(self.folder()),
            _ => Err(StatusCode::NoSuchFile.into()),
        }
    }

    async fn listed(&self, node: &Node) -> Reply<Vec<File>> {
        let folder = |name: &str| File::new(name, self.folder());
        let halves = |kind: Holds| {
            let of_kind = self.half.iter().filter(move |((k, _), _)| *k == kind);
            let now = self.app.clock.machine_ms();
            of_kind.map(move |((_, name), bytes)| File::new(name.clone(), attributes(FileMode::REG, 0o644, Some(bytes.len() as u64), now)))
        };
        let mut files = vec![folder("."), folder("..")];
        match node {
            Node::Root => files.extend([folder("in"), folder("out")]),
            Node::In => {
                files.extend(Holds::FOLDERS.iter().map(|kind| folder(kind.id())));
                files.extend(halves(Holds::Anything));
            }
            Node::Kind(kind) => files.extend(halves(*kind)),
            Node::Out => {
                // How long a result is, only its reader finds out: it is written when it is asked for.
                let result = |(name, row): (String, ImportRow)| {
                    File::new(name, attributes(FileMode::REG, 0o444, None, row.finished_at.unwrap_or(row.created_at)))
                };
                files.extend(self.results().await?.into_iter().map(result));
            }
            _ => return Err(StatusCode::NoSuchFile.into()),
        }
        Ok(files)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.tell(0);
    }
}

impl Handler for Tree {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Reply<Version> {
        Ok(Version::new())
    }

    async fn realpath(&mut self, id: u32, path: String) -> Reply<Name> {
        Ok(Name { id, files: vec![File::dummy(Node::of(&path).path())] })
    }

    async fn stat(&mut self, id: u32, path: String) -> Reply<Attrs> {
        Ok(Attrs { id, attrs: self.attributes_of(&Node::of(&path)).await? })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Reply<Attrs> {
        self.stat(id, path).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Reply<Attrs> {
        let size = match self.open.get(&handle) {
            Some(Open::Writing { bytes, .. } | Open::Reading(bytes)) => bytes.len() as u64,
            _ => return Err(StatusCode::Failure.into()),
        };
        Ok(Attrs { id, attrs: attributes(FileMode::REG, 0o644, Some(size), self.app.clock.machine_ms()) })
    }

    /// Times and rights that programs set after a copy mean nothing here.
    async fn setstat(&mut self, id: u32, _: String, _: FileAttributes) -> Reply<Status> {
        Ok(done(id))
    }

    async fn fsetstat(&mut self, id: u32, _: String, _: FileAttributes) -> Reply<Status> {
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Reply<Handle> {
        let files = self.listed(&Node::of(&path)).await?;
        Ok(Handle { id, handle: self.keep(Open::Listing(files))? })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Reply<Name> {
        match self.open.get_mut(&handle) {
            Some(Open::Listing(files)) if files.is_empty() => Err(StatusCode::Eof.into()),
            Some(Open::Listing(files)) => Ok(Name { id, files: std::mem::take(files) }),
            _ => Err(StatusCode::Failure.into()),
        }
    }

    async fn open(&mut self, id: u32, path: String, flags: OpenFlags, _: FileAttributes) -> Reply<Handle> {
        let open = match Node::of(&path) {
            Node::Sent(kind, name) if flags.contains(OpenFlags::WRITE) => {
                if name.len() > NAME_MAX || name.chars().any(char::is_control) {
                    return no(StatusCode::Failure, "a name has at most 200 characters, none of them hidden");
                }
                let before = if flags.contains(OpenFlags::TRUNCATE) { None } else { self.half.get(&(kind, name.clone())).cloned() };
                Open::Writing { place: (kind, name), bytes: before.unwrap_or_default() }
            }
            Node::Result(name) if !flags.contains(OpenFlags::WRITE) => Open::Reading(self.result(&name).await?.1),
            Node::Sent(kind, name) if !self.half.contains_key(&(kind, name.clone())) => return Err(StatusCode::NoSuchFile.into()),
            Node::Nowhere => return Err(StatusCode::NoSuchFile.into()),
            _ => return no(StatusCode::PermissionDenied, "files are put into in/ and read from out/"),
        };
        Ok(Handle { id, handle: self.keep(open)? })
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Reply<Status> {
        let held = self.held();
        self.tell(held);
        let others = self.all_held.load(Ordering::Relaxed).saturating_sub(held);
        let Some(Open::Writing { bytes, .. }) = self.open.get_mut(&handle) else { return Err(StatusCode::Failure.into()) };
        let end = usize::try_from(offset).ok().and_then(|at| at.checked_add(data.len())).filter(|end| *end <= FILE_MAX);
        let Some(end) = end else { return no(StatusCode::Failure, "a file has at most 32 MiB") };
        let more = end.saturating_sub(bytes.len());
        if held + more > HELD_MAX || others + held + more > ALL_HELD_MAX {
            return no(StatusCode::Failure, "too much is being sent at once");
        }
        if more > 0 {
            bytes.resize(end, 0);
        }
        bytes[end - data.len()..end].copy_from_slice(&data);
        Ok(done(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Reply<Data> {
        let Some(Open::Reading(bytes)) = self.open.get(&handle) else { return Err(StatusCode::Failure.into()) };
        let begin = usize::try_from(offset).ok().filter(|at| *at < bytes.len());
        let Some(begin) = begin else { return Err(StatusCode::Eof.into()) };
        let end = bytes.len().min(begin + (len as usize).min(64 * 1024));
        Ok(Data { id, data: bytes[begin..end].to_vec() })
    }

    /// A file that is closed has been sent: the answer comes when it is kept.
    async fn close(&mut self, id: u32, handle: String) -> Reply<Status> {
        let outcome = match self.open.remove(&handle) {
            None => Err(StatusCode::Failure.into()),
            Some(Open::Writing { place, bytes }) => self.put(place, bytes).await.map(|()| done(id)),
            Some(_) => Ok(done(id)),
        };
        let held = self.held();
        self.tell(held);
        outcome
    }

    async fn rename(&mut self, id: u32, old: String, new: String) -> Reply<Status> {
        let (Node::Sent(kind, name), Node::Sent(to, named)) = (Node::of(&old), Node::of(&new)) else {
            return no(StatusCode::PermissionDenied, "only what is being sent may be given another name");
        };
        let key = (kind, name);
        let Some(bytes) = self.half.remove(&key) else { return Err(StatusCode::NoSuchFile.into()) };
        let outcome = self.put((to, named), bytes.clone()).await;
        if outcome.is_err() {
            self.half.insert(key, bytes);
        }
        outcome.map(|()| done(id))
    }

    async fn remove(&mut self, id: u32, path: String) -> Reply<Status> {
        match Node::of(&path) {
            Node::Sent(kind, name) if self.half.remove(&(kind, name.clone())).is_some() => Ok(done(id)),
            Node::Sent(..) | Node::Nowhere => Err(StatusCode::NoSuchFile.into()),
            _ => no(StatusCode::PermissionDenied, "results go by themselves after 30 days"),
        }
    }

    async fn mkdir(&mut self, _: u32, _: String, _: FileAttributes) -> Reply<Status> {
        no(StatusCode::PermissionDenied, "the folders are what they are")
    }

    async fn rmdir(&mut self, _: u32, _: String) -> Reply<Status> {
        no(StatusCode::PermissionDenied, "the folders are what they are")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_tree() {
        for (path, expected) in [
            ("", "/"),
            (".", "/"),
            ("/in/../../..", "/"),
            ("../../etc/passwd", "/"),
            ("in/../out", "/out"),
            ("/in/orders/./a.csv", "/in/orders/a.csv"),
            ("in/orders/../../in/a.csv", "/in/a.csv"),
            ("//in//events//", "/in/events"),
            ("/in/secret/a.csv", "/"),
            ("/in/orders/deep/a.csv", "/"),
            ("in\\..\\..\\etc", "/"),
        ] {
            assert_eq!(Node::of(path).path(), expected, "{path}");
        }
        assert_eq!(Node::of("../etc/passwd"), Node::Nowhere);
        assert_eq!(Node::of("in/../../etc/passwd"), Node::Nowhere);
    }
}
