using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.HandOver;

/// <summary>What is logged of handing over.</summary>
internal sealed partial class HandOverLog(ILogger<HandOverLog> logger)
{
    [LoggerMessage(7401, LogLevel.Information, "{Id}: handed over to {Peer}, recipients={Recipients}")]
    public partial void HandedOver(SpoolId id, string peer, int recipients);

    [LoggerMessage(7402, LogLevel.Warning, "{Peer} takes no mail of this pod's spool now: {Reason}")]
    public partial void Unavailable(string peer, string reason);

    [LoggerMessage(7403, LogLevel.Warning, "{Id}: {Peer} does not take it: {Reason}")]
    public partial void Refused(SpoolId id, string peer, string reason);

    [LoggerMessage(7404, LogLevel.Warning, "{Id}: {Peer}, which may have taken it, is no peer any more; another one gets it, possibly a second time")]
    public partial void PeerGone(SpoolId id, string peer);

    [LoggerMessage(7406, LogLevel.Information, "{Id}: kept by {Peer}, since this pod is to go and no hub takes it, recipients={Recipients}")]
    public partial void Kept(SpoolId id, string peer, int recipients);

    [LoggerMessage(7405, LogLevel.Error, "Handing over was broken off; it goes on in a moment")]
    public partial void Broken(Exception fault);
}
