using Microsoft.Extensions.Logging.Console;

namespace RelayOperator.Relay.Logging;

/// <summary>Logs to standard output, as lines to read or as JSON, one line an event.</summary>
public static class RelayLogging
{
    private const string Timestamp = "yyyy-MM-ddTHH:mm:ss.fffZ";

    public static ILoggerFactory Create(LogLevel level, bool json, TimeProvider time) => LoggerFactory.Create(builder =>
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

        // The library's forms, our own way out: its provider wakes a thread and writes twice for every line.
        builder.ClearProviders();
        builder.Services.AddSingleton(_ => new LogOutput(StandardOutput.Stream, time));
        builder.Services.AddSingleton<ILoggerProvider, BatchedLoggerProvider>();
    });
}
