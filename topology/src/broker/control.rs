use lapin::{BasicProperties, options::BasicPublishOptions, options::ConfirmSelectOptions};

use super::{BrokerConfig, BrokerError, connect};
use crate::{
    envelope::{Batch, Control},
    ids::NodeId,
    names::Names,
};

/// Tells every edge something once, over a connection of its own: for operators' commands.
///
/// # Errors
/// [`BrokerError`] when the broker cannot be reached.
pub async fn tell_edges(config: &BrokerConfig, control: &Control) -> Result<(), BrokerError> {
    let doing = || BrokerError::doing("telling the edges");
    let connection = connect(config, "admin").await?;
    let channel = connection.create_channel().await.map_err(doing())?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .map_err(doing())?;
    let batch = Batch {
        from: NodeId::fresh("admin"),
        n: 1,
        items: vec![control],
    };
    let body = serde_json::to_vec(&batch).unwrap_or_default();
    channel
        .basic_publish(
            Names::new(&config.prefix).edges().into(),
            "".into(),
            BasicPublishOptions::default(),
            &body,
            BasicProperties::default(),
        )
        .await
        .map_err(doing())?
        .await
        .map_err(doing())?;
    connection.close(200, "bye".into()).await.map_err(doing())
}
