using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace RelayOperator.Relay.Logging;

/// <summary>Formats each event on the thread that logs it and hands the line to <see cref="LogOutput"/>.</summary>
[ProviderAlias("Console")]
public sealed class BatchedLoggerProvider(
    LogOutput output, IEnumerable<ConsoleFormatter> formatters, IOptions<ConsoleLoggerOptions> options) : ILoggerProvider
{
    private readonly ConsoleFormatter _formatter = formatters.Single(formatter => formatter.Name == options.Value.FormatterName);

    public ILogger CreateLogger(string categoryName) => new Line(categoryName, output, _formatter);

    // The output belongs to the container that made it.
    public void Dispose()
    {
    }

    private sealed class Line(string category, LogOutput output, ConsoleFormatter formatter) : ILogger
    {
        [ThreadStatic]
        private static StringWriter? _writer;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> text)
        {
            var writer = _writer ??= new StringWriter();
            formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, text), null, writer);
            output.Append(writer.GetStringBuilder(), urgent: logLevel >= LogLevel.Warning);
            writer.GetStringBuilder().Clear();
        }
    }
}
