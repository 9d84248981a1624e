using System.Net;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay;

/// <summary>How a relay is started, beyond what its pool says.</summary>
/// <param name="Bind">Address that listeners bind.</param>
/// <param name="Admin">Where the admin endpoints listen; port 0 takes a free one.</param>
/// <param name="TempFolder">Where large bodies are kept until a hub has taken them.</param>
/// <param name="Version">The program's version.</param>
public sealed record RelayOptions(IPAddress Bind, IPEndPoint Admin, string TempFolder, string Version)
{
    /// <summary>Where message tracking goes: a folder, "-" for standard output, "" for nowhere.</summary>
    public string Tracking { get; init; } = "";

    /// <summary>Where mail of pods that leave is taken; null outside of a cluster.</summary>
    public IPEndPoint? HandOver { get; init; }

    /// <summary>Folder of the spool, where the pool has one on a disk; "" for none.</summary>
    public string SpoolFolder { get; init; } = "";

    /// <summary>What the first failed login of a client waits for its answer, and each further one more.</summary>
    public TimeSpan LoginTarpit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the queue tools are served; "" for beside the spool.</summary>
    public string Socket { get; init; } = "";

    /// <summary>Where the queue tools are served; "" where nothing says where.</summary>
    public string ToolSocket => Socket.Length != 0 ? Socket : SpoolFolder.Length != 0 ? SocketPath.In(SpoolFolder) : "";
}
