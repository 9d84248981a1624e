namespace RelayOperator.Relay.Commands;

/// <summary>What <c>relay run</c> itself has to say.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Information, "{Notice}")]
    public static partial void Notice(ILogger logger, string notice);

    [LoggerMessage(2, LogLevel.Information, "Admin endpoints on {Address}")]
    public static partial void Admin(ILogger logger, string address);
}
