//! Where databases for a run are made: a folder for SQLite, a server for PostgreSQL. What a run needs no more is thrown away.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use whereabouts_server::db::Db;

pub enum Ground {
    Sqlite { folder: PathBuf },
    Postgres { server: String },
}

impl Ground {
    /// Beside the build, on a real disk: a temporary folder may live in memory, where nothing is durable.
    pub fn sqlite() -> Result<Ground> {
        let target =
            std::env::current_exe().ok().and_then(|p| p.ancestors().nth(3).map(Path::to_path_buf)).context("the build's folder")?;
        let folder = target.join("bench");
        std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        Ok(Ground::Sqlite { folder })
    }

    pub async fn postgres(url: &str) -> Result<Ground> {
        let (server, _) = url.rsplit_once('/').context("WHEREABOUTS_BENCH_DATABASE names a database")?;
        Ok(Ground::Postgres { server: server.to_string() })
    }

    pub fn engine(&self) -> &'static str {
        match self {
            Ground::Sqlite { .. } => "sqlite",
            Ground::Postgres { .. } => "postgres",
        }
    }

    pub fn address(&self, name: &str) -> String {
        match self {
            Ground::Sqlite { folder } => format!("sqlite:{}", folder.join(format!("{name}.db")).display()),
            Ground::Postgres { server } => format!("{server}/bench_{name}"),
        }
    }

    pub async fn exists(&self, name: &str) -> Result<bool> {
        Ok(match self {
            Ground::Sqlite { folder } => folder.join(format!("{name}.db")).exists(),
            Ground::Postgres { .. } => self.sql(&format!("SELECT 1 FROM pg_database WHERE datname = 'bench_{name}'")).await? > 0,
        })
    }

    /// An empty database; what stood under this name is gone.
    pub async fn fresh(&self, name: &str) -> Result<String> {
        self.remove(name).await?;
        if let Ground::Postgres { .. } = self {
            self.sql(&format!("CREATE DATABASE bench_{name}")).await?;
        }
        Ok(self.address(name))
    }

    /// A copy of a database that nobody has open.
    pub async fn copy(&self, from: &str, to: &str) -> Result<String> {
        self.remove(to).await?;
        match self {
            Ground::Sqlite { folder } => {
                checkpoint(&folder.join(format!("{from}.db")))?;
                std::fs::copy(folder.join(format!("{from}.db")), folder.join(format!("{to}.db"))).context("copying the database")?;
            }
            Ground::Postgres { .. } => {
                self.sql(&format!("CREATE DATABASE bench_{to} TEMPLATE bench_{from}")).await?;
            }
        }
        Ok(self.address(to))
    }

    pub async fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.remove(to).await?;
        match self {
            Ground::Sqlite { folder } => {
                checkpoint(&folder.join(format!("{from}.db")))?;
                std::fs::rename(folder.join(format!("{from}.db")), folder.join(format!("{to}.db"))).context("renaming the database")?;
            }
            Ground::Postgres { .. } => {
                self.sql(&format!("ALTER DATABASE bench_{from} RENAME TO bench_{to}")).await?;
            }
        }
        Ok(())
    }

    pub async fn remove(&self, name: &str) -> Result<()> {
        match self {
            Ground::Sqlite { folder } => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(folder.join(format!("{name}.db{end}")));
                }
            }
            Ground::Postgres { .. } => {
                self.sql(&format!("DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)")).await?;
            }
        }
        Ok(())
    }

    /// Runs a statement beside the databases; answers how many rows came.
    async fn sql(&self, text: &str) -> Result<usize> {
        let Ground::Postgres { server } = self else { return Ok(0) };
        let (client, connection) = tokio_postgres::connect(&format!("{server}/postgres"), tokio_postgres::NoTls).await?;
        let work = async { client.simple_query(text).await };
        tokio::select! {
            done = work => Ok(done?.iter().filter(|m| matches!(m, tokio_postgres::SimpleQueryMessage::Row(_))).count()),
            broken = connection => anyhow::bail!("the connection broke: {broken:?}"),
        }
    }
}

/// After much was written the planner knows the tables, as in a house that has been running for a while.
pub async fn settle_down(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    tx.script("analyze", "ANALYZE").await?;
    tx.commit().await?;
    Ok(())
}

/// Everything stands in the one file.
fn checkpoint(file: &Path) -> Result<()> {
    let database = rusqlite::Connection::open(file).context("opening the database")?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).context("emptying the journal")
}
