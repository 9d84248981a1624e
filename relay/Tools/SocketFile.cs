using System.Net.Sockets;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// The socket in the file system: only its own user may connect to it, from the moment on at which it takes connections.
/// What a relay left that was killed is removed; a socket that somebody serves is not, nor any other file.
/// </summary>
internal static class SocketFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes room for it; a text where that cannot be done.</summary>
    public static string? Clear(string path)
    {
        if (SocketPath.RefusalOf(path) is { } refusal)
        {
            return refusal;
        }

        try
        {
            if (Directory.Exists(path) || (File.Exists(path) && new FileInfo(path).Length != 0))
            {
                return $"the queue tools' socket cannot be made: {path} is no socket; name another path with --socket PATH";
            }

            if (IsServed(path))
            {
                return $"another relay serves the queue tools at {path}: name another path with --socket PATH";
            }

            // The folder of a spool on disk is there; with a database nobody has made it yet.
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.Delete(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the queue tools' socket {path} cannot be made: {e.Message}";
        }
    }

    /// <summary>A socket bound to it, that does not listen yet: nobody connects before its mode is set.</summary>
    public static Socket Bind(UnixDomainSocketEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endPoint);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(endPoint.ToString(), OwnerOnly);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsServed(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
