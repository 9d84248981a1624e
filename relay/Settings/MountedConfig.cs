using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Settings;

/// <summary>The copy of the Secret that the kubelet mounts: up to minutes old, and there without the API server.</summary>
public sealed class MountedConfig(string folder)
{
    private string? _print;

    public string Path { get; } = System.IO.Path.Combine(folder, RenderedPool.Key);

    /// <summary>The content, where it has changed since it was last read; null otherwise, and where it cannot be read.</summary>
    public byte[]? ReadChange()
    {
        var print = FilePrint.Of(Path);
        if (print.Length == 0 || print == _print)
        {
            return null;
        }

        try
        {
            var content = File.ReadAllBytes(Path);
            _print = print;
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
