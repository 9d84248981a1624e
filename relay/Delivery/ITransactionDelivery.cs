namespace RelayOperator.Relay.Delivery;

/// <summary>
/// What becomes of one transaction of a client: <see cref="CutThrough"/> to a hub while the client waits, or
/// <see cref="StoreAndForward"/> to the spool. Not thread-safe: the session's own.
/// </summary>
public interface ITransactionDelivery : IDisposable
{
    /// <summary>How many hubs were asked so far.</summary>
    int Attempts { get; }

    /// <summary>A hub's connection is held by this transaction.</summary>
    bool HoldsHub { get; }

    /// <summary>The body is being written to a hub while it arrives.</summary>
    bool IsStreaming { get; }

    /// <summary>At least half of the slots of the hub that this transaction holds are in use.</summary>
    bool HubIsBusy { get; }

    /// <summary>Finds an answer for recipients that have none yet; every one has been told something afterwards.</summary>
    ValueTask AddRecipientsAsync(List<Recipient> pending);

    /// <summary>The body comes now; it is the delivery's, whoever fills it.</summary>
    IReceivedBody BeginBody();

    /// <summary>The body has become large: begins to stream it where a hub is held.</summary>
    ValueTask BeginStreamAsync();

    /// <summary>Streams the piece that fills the body's tail.</summary>
    ValueTask StreamAsync();

    /// <summary>Gives a hub's connection back because the client is slow; the hub keeps nothing.</summary>
    void GiveBack();

    /// <summary>The message is whole: finds out what the client hears.</summary>
    /// <param name="contentBytes">Its octets without dot-stuffing, the relay's own field included.</param>
    /// <param name="messageId">Its Message-ID; "" where it has none.</param>
    ValueTask<TransactionResult> FinishAsync(long contentBytes, string messageId);
}
