using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.Relay.Sink;

/// <summary>Whether and how a sink speaks TLS.</summary>
public enum SinkTls
{
    None,
    StartTls,
    Implicit,
}

/// <summary>What a sink was told to be.</summary>
public sealed record SinkOptions
{
    /// <summary>Where to listen; port 0 asks for a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    public SinkTls Tls { get; init; }

    /// <summary>Certificate with its key; needed unless <see cref="Tls"/> is None.</summary>
    public X509Certificate2? Certificate { get; init; }

    public ImmutableArray<ScriptedReply> Replies { get; init; } = [];

    /// <summary>Wait before the verdict after the final dot.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Folder that keeps each accepted message as a file; null to forget them.</summary>
    public DirectoryInfo? Keep { get; init; }
}
