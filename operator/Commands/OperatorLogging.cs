using Microsoft.Extensions.Logging.Console;

namespace RelayOperator.Operator.Commands;

/// <summary>Logs to standard output in the forms of the relay, as lines to read or as JSON.</summary>
internal static class OperatorLogging
{
    private const string Timestamp = "yyyy-MM-ddTHH:mm:ss.fffZ";

    public static ILoggerFactory Create(LogLevel level, bool json) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(level);
        builder.AddFilter("Microsoft", LogLevel.Warning);
        if (json)
        {
            builder.AddJsonConsole(options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = Timestamp;
            });
        }
        else
        {
            builder.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = Timestamp + " ";
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    });
}
