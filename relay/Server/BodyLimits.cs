using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Server;

/// <summary>What one message may be.</summary>
/// <param name="MaxMessageBytes">Octets, dots unstuffed.</param>
/// <param name="MaxHops">Received fields at most.</param>
/// <param name="IdleSeconds">How long the client may pause.</param>
/// <param name="BareLineEndings">What a bare CR or LF, or NUL, does.</param>
/// <param name="PoolUid">How this pool knows its own Received fields.</param>
public sealed record BodyLimits(
    long MaxMessageBytes, int MaxHops, int IdleSeconds, BareLineEndings BareLineEndings, string PoolUid)
{
    /// <summary>How much beyond twice the limit is read and thrown away before the connection is closed instead.</summary>
    public const long Leeway = 1024 * 1024;
}
