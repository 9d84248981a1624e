namespace RelayOperator.Relay.Logging;

/// <summary>The process's standard output for all who write whole lines: one write at a time, so that no line stands within another.</summary>
internal static class StandardOutput
{
    public static Stream Stream { get; } = Stream.Synchronized(Console.OpenStandardOutput());
}
