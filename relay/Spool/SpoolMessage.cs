using System.Net;

namespace RelayOperator.Relay.Spool;

/// <summary>A spooled message without its recipients and its body: what does not change from its commit on.</summary>
public sealed record SpoolMessage
{
    public required SpoolId Id { get; init; }

    /// <summary>When the relay received it; expiry counts from here.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The argument of its MAIL command: path, BODY, SMTPUTF8, RET and ENVID.</summary>
    public required string Mail { get; init; }

    /// <summary>Where it came from first; what XCLIENT and routing by client are told.</summary>
    public required IPAddress Client { get; init; }

    public required string Helo { get; init; }

    /// <summary>SMTP or ESMTP.</summary>
    public required string Protocol { get; init; }

    /// <summary>The listener that took it; "" for a notification of the relay's own.</summary>
    public required string Listener { get; init; }

    /// <summary>Of the header's Message-ID; "" where unknown.</summary>
    public string MessageId { get; init; } = "";

    /// <summary>Octets of the content, dots unstuffed: what hubs are told as SIZE.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Octets in wire form, as they are stored and sent.</summary>
    public required long WireBytes { get; init; }

    /// <summary>Chunks of the body.</summary>
    public required int Chunks { get; init; }

    /// <summary>Checksum over the checksums of the chunks, in order (see <see cref="BodyChecksum"/>).</summary>
    public required uint BodyChecksum { get; init; }

    /// <summary>How many recipients it had when it was committed, those added later included.</summary>
    public required int Recipients { get; init; }
}
