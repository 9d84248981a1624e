using System.Text;

namespace RelayOperator.Relay.Tools;

/// <summary>Where a relay's socket for the queue tools is. Relay and tools find it by the same rules.</summary>
public static class SocketPath
{
    /// <summary>Its name in the folder of a spool.</summary>
    public const string FileName = "relay.sock";

    /// <summary>The environment variable that names it in a pod.</summary>
    public const string Variable = "RELAY_SOCKET";

    /// <summary>Where it is in a pod that is told nothing else.</summary>
    public const string Default = "/run/relay/relay.sock";

    // sun_path holds 108 octets, the final zero included (unix(7)).
    private const int MostBytes = 107;

    /// <summary>The socket beside a spool.</summary>
    public static string In(string spoolFolder) => Path.Combine(spoolFolder, FileName);

    /// <summary>Why a path can be no socket's; null where it can.</summary>
    public static string? RefusalOf(string path) => Encoding.UTF8.GetByteCount(path) is > MostBytes and var bytes
        ? $"the path of the queue tools' socket has {bytes} bytes, where the system takes {MostBytes} at most: name a shorter one with --socket PATH (in a pod {Variable}), not {path}"
        : null;
}
