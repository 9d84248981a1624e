using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RelayOperator.TestKit;

/// <summary>Keeps what all loggers of a program log, as <see cref="LineLogger{T}"/> does.</summary>
public sealed class LineLoggerFactory : ILoggerFactory
{
    private readonly LineLogger<LineLoggerFactory> _logger = new();

    public ConcurrentQueue<string> Lines => _logger.Lines;

    public ILogger CreateLogger(string categoryName) => _logger;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
