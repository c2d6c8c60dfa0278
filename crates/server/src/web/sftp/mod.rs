//! The file door: a merchant's program puts files into `in/` by SFTP and finds what became of them in `out/`. One login per retailer, by
//! password or key. There is no folder of this machine behind it: what is shown is made here, so no path leads anywhere else.

mod tree;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use russh::{
    Channel, ChannelId, MethodKind, MethodSet,
    keys::{HashAlg, PrivateKey, PublicKey},
    server::{self, Auth, ChannelOpenHandle, Config, Msg, PublicKeyOffer, Session, VerifiedPublicKey},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use crate::{
    app::App,
    db::{self, file_logins::LoginRow},
    ids,
};
use tree::{Held, Tree};

/// People who are in at the same time.
const CONNECTIONS_MAX: usize = 64;
/// Tries to sign in, for each address.
const TRIES: usize = 20;
const TRIES_WINDOW_MS: i64 = 600_000;
const GREETING_MAX: Duration = Duration::from_secs(20);
const IDLE_MAX: Duration = Duration::from_secs(300);

/// Serves until the process stops.
pub async fn serve(app: Arc<App>, listener: TcpListener, key: PrivateKey) {
    let config = Arc::new(Config {
        server_id: russh::SshId::Standard("SSH-2.0-Whereabouts".into()),
        methods: MethodSet::from([MethodKind::PublicKey, MethodKind::Password].as_slice()),
        auth_rejection_time: Duration::from_millis(700),
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: 6,
        inactivity_timeout: Some(IDLE_MAX),
        keys: vec![key],
        nodelay: true,
        ..Config::default()
    });
    let held = Held::default();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut guests = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = guests.join_next() => continue,
            () = app.stopped() => break,
        };
        let Ok((socket, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Nobody waits for a place: who finds none is to come again.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        guests.spawn(receive(Arc::clone(&app), Arc::clone(&config), socket, peer, (place, Arc::clone(&held))));
    }
}

async fn receive(app: Arc<App>, config: Arc<Config>, socket: TcpStream, peer: SocketAddr, (place, held): (OwnedSemaphorePermit, Held)) {
    let guest = Guest { app, peer, login: None, channel: None, held, _place: place };
    // Who says nothing holds no place.
    if let Ok(Ok(session)) = tokio::time::timeout(GREETING_MAX, server::run_stream(config, socket, guest)).await {
        let _ = session.await;
    }
}

/// One connection.
struct Guest {
    app: Arc<App>,
    peer: SocketAddr,
    login: Option<LoginRow>,
    channel: Option<Channel<Msg>>,
    held: Held,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    /// The login of this name, unless there were too many tries from this address.
    async fn login(&self, user: &str) -> Option<LoginRow> {
        let now = self.app.clock.machine_ms();
        if user.len() > 60
            || user.contains('\0')
            || !self.app.limits.allow(&format!("sftp:{}", self.peer.ip()), TRIES, TRIES_WINDOW_MS, now)
        {
            return None;
        }
        let read = self.app.db.read().await.ok()?;
        db::file_logins::of_retailer(&read, user).await.ok()?
    }

    fn let_in(&mut self, login: LoginRow) -> Auth {
        self.app.limits.forget(&format!("sftp:{}", self.peer.ip()));
        self.login = Some(login);
        Auth::Accept
    }

    async fn holder_of(&self, user: &str, key: &PublicKey) -> Option<LoginRow> {
        let login = self.login(user).await?;
        let told = key.fingerprint(HashAlg::Sha256).to_string();
        login.keys.iter().any(|k| k.fingerprint == told).then_some(login)
    }
}

impl server::Handler for Guest {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let hash = ids::hash(password);
        let found = self.login(user).await.filter(|l| l.password_hash.as_ref() == Some(&hash));
        Ok(found.map_or_else(Auth::reject, |login| self.let_in(login)))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, russh::Error> {
        let known = self.holder_of(user, offer.public_key).await.is_some();
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        let found = self.holder_of(user, key.public_key).await;
        Ok(found.map_or_else(Auth::reject, |login| self.let_in(login)))
    }

    async fn channel_open_session(&mut self, channel: Channel<Msg>, reply: ChannelOpenHandle, _: &mut Session) -> Result<(), russh::Error> {
        // One at a time: a second one is turned away by its handle being dropped.
        if self.channel.is_none() {
            self.channel = Some(channel);
            reply.accept().await;
        }
        Ok(())
    }

    async fn subsystem_request(&mut self, id: ChannelId, name: &str, session: &mut Session) -> Result<(), russh::Error> {
        match (self.channel.take_if(|c| c.id() == id && name == "sftp"), &self.login) {
            (Some(channel), Some(login)) => {
                session.channel_success(id)?;
                let tree = Tree::new(Arc::clone(&self.app), login.retailer.clone(), Arc::clone(&self.held));
                russh_sftp::server::run(channel.into_stream(), tree).await;
            }
            _ => session.channel_failure(id)?,
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn exec_request(&mut self, id: ChannelId, _: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(id)
    }

    async fn channel_eof(&mut self, id: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.close(id)
    }
}
