namespace RelayOperator.Relay.Spool;

/// <summary>
/// The right to decide about some recipients of a message: nobody else sends or changes them meanwhile. Ends with
/// <see cref="ISpool.SettleAsync"/> or <see cref="ISpool.ReleaseAsync"/>.
/// </summary>
public class SpoolClaim(SpoolMessage message, IReadOnlyList<SpoolRecipient> recipients, ReadOnlyMemory<byte> firstChunk)
{
    public SpoolMessage Message { get; } = message;

    /// <summary>Those that the claim is about.</summary>
    public IReadOnlyList<SpoolRecipient> Recipients { get; } = recipients;

    /// <summary>The body's first chunk, verified; empty where it was not read.</summary>
    public ReadOnlyMemory<byte> FirstChunk { get; } = firstChunk;

    /// <summary>
    /// Whether the claim holds for so long from now on; asked before the final dot, after which nobody else may send it.
    /// </summary>
    public virtual bool HoldsFor(TimeSpan time) => true;
}
