//! Whether the server serves: in the gRPC health check and for operators.

use std::{sync::Arc, time::Duration};

use todo_backend::app_state::DatabaseProbe;
use tokio::{
    sync::{Mutex, watch},
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    config::Role,
    error::{Chain, Result},
    observability::admin::Ready,
};

/// How often the database is asked.
const INTERVAL: Duration = Duration::from_secs(1);
/// After this time the database does not answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Says whether the server serves: in the gRPC health check and to operators.
#[derive(Clone)]
pub(crate) struct Health {
    reporter: HealthReporter,
    roles: Vec<Role>,
    ready: watch::Sender<Ready>,
    /// Held while the health is set.
    update: Arc<Mutex<()>>,
}

impl Health {
    pub(crate) fn new(reporter: HealthReporter, roles: Vec<Role>, ready: watch::Sender<Ready>) -> Self {
        Self { reporter, roles, ready, update: Arc::default() }
    }

    /// Sets the health of every service, and that of the server as a whole, whose name is empty. Once it stops, it stops.
    pub(crate) async fn set(&self, ready: Ready) {
        let _update = self.update.lock().await;
        if *self.ready.borrow() == Ready::Stopping {
            return;
        }
        let status = if ready == Ready::Yes { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.ready.send_replace(ready);
        self.reporter.set_service_status("", status).await;
        for name in self.roles.iter().filter_map(|role| role.service_name()) {
            self.reporter.set_service_status(name, status).await;
        }
    }

    /// Says that the server does not serve while its database does not answer.
    pub(crate) async fn watch(self, database: DatabaseProbe, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_healthy = true;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let check = async { tokio::time::timeout(TIMEOUT, database.check()).await };
            let Some(answer) = stop.run_until_cancelled(check).await else { return };
            let is_healthy = matches!(answer, Ok(Ok(())));
            if is_healthy == was_healthy {
                continue;
            }
            was_healthy = is_healthy;
            if is_healthy {
                tracing::info!("the database answers again");
            } else {
                let error = answer.ok().and_then(Result::err);
                let error = error.as_ref().map(|error| Chain(error).to_string());
                tracing::error!(error, "the database does not answer");
            }
            self.set(if is_healthy { Ready::Yes } else { Ready::NoDatabase }).await;
        }
    }
}
