using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>Writes answers.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync(HttpContext context, int code, JsonObject body) => WriteAsync(context, code, JsonSerializer.SerializeToUtf8Bytes<JsonNode>(body));

    public static async Task WriteAsync(HttpContext context, int code, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext context, RefusalException refusal)
    {
        var status = refusal.Status();
        if (status.At("details", "retryAfterSeconds").Number() is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString();
        }
        return WriteAsync(context, refusal.Code, status);
    }

    public static void Warn(HttpContext context, IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings)
        {
            context.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }
    }
}
