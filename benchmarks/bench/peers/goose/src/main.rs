//! Users that ask as fast as they get answers; the path is $BENCH_PATH.
use goose::prelude::*;

async fn get(user: &mut GooseUser) -> TransactionResult {
    let path = std::env::var("BENCH_PATH").unwrap_or_else(|_| "/fixed".into());
    if let Ok(response) = user.get(&path).await?.response {
        let _ = response.bytes().await;
    }
    Ok(())
}

// One CPU is all it gets: a runtime of one thread is the cheapest.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), GooseError> {
    GooseAttack::initialize()?
        .register_scenario(scenario!("Busy").register_transaction(transaction!(get)))
        .execute()
        .await?;
    Ok(())
}
