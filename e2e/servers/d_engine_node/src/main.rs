//! d_engine_node CONFIG.toml DATA_DIR: one node until SIGTERM, with d-engine's own file storage.
use d_engine::{FileStateMachine, FileStorageEngine, StandaloneEngine};
use std::{env, error::Error, path::PathBuf, sync::Arc};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr).init();
    let mut arguments = env::args().skip(1);
    let config = arguments.next().ok_or("usage: d_engine_node CONFIG.toml DATA_DIR")?;
    let data = PathBuf::from(arguments.next().ok_or("usage: d_engine_node CONFIG.toml DATA_DIR")?);

    let storage = Arc::new(FileStorageEngine::new(data.join("storage"))?);
    let state_machine = Arc::new(FileStateMachine::new(data.join("state_machine")).await?);
    let (shutdown, until_shutdown) = tokio::sync::watch::channel(());
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        terminate.recv().await;
        shutdown.send(())
    });
    StandaloneEngine::run_custom(storage, state_machine, until_shutdown, Some(&config)).await?;
    Ok(())
}
