using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster;

namespace RelayOperator.Operator.Tests.Cluster;

/// <summary>A watch as the wire has it, line by line, each with a bound.</summary>
internal sealed class RawWatch : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _lines;

    private RawWatch(HttpResponseMessage answer, Stream body)
    {
        _answer = answer;
        _lines = new StreamReader(body);
    }

    public static async Task<RawWatch> OpenAsync(HttpClient http, string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new RawWatch(answer, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null when the server ends the watch.</summary>
    public async Task<JsonObject?> NextAsync() =>
        await _lines.ReadLineAsync().WaitAsync(Patience, TimeProvider.System) is { } line ? JsonNode.Parse(line)!.AsObject() : null;

    /// <summary>The next event as "TYPE name".</summary>
    public async Task<string> NextTitleAsync() => await NextAsync() is { } next ? $"{next["type"].Text()} {next["object"]!.AsObject().Name()}" : "end";

    /// <summary>Whether nothing comes for so long.</summary>
    public async Task<bool> IsSilentAsync(TimeSpan span)
    {
        var next = _lines.ReadLineAsync();
        try
        {
            await next.WaitAsync(span, TimeProvider.System);
            return false;
        }
        catch (TimeoutException)
        {
            return true;
        }
    }

    public void Dispose()
    {
        _answer.Dispose();
        _lines.Dispose();
    }
}
