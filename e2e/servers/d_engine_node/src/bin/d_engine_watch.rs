//! d_engine_watch http://HOST:PORT...: d-engine's own client, printing each membership it is told as one line of JSON.
use d_engine_client::Client;
use std::{env, error::Error};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder(env::args().skip(1).collect()).build().await?;
    let mut stream = client.watch_membership().await?;
    while let Some(view) = stream.message().await? {
        let (members, learners, index) = (view.members, view.learners, view.committed_index);
        println!(r#"{{"members":{members:?},"learners":{learners:?},"committedIndex":{index}}}"#);
    }
    Ok(())
}
