using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace RelayOperator.Api.Config;

/// <summary>
/// pool.json: how a <see cref="RenderedPool"/> travels from the operator to the relays. Lenient where two versions meet
/// (unknown fields are passed over, missing ones have the defaults of the reader's time), strict about what is there.
/// </summary>
public static class PoolConfigJson
{
    // It goes into a Secret, never into HTML.
    private static readonly JsonSerializerOptions Format = new(ConfigHash.Canonical) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As UTF-8; the same pool gives the same bytes.</summary>
    public static byte[] Print(RenderedPool pool) => JsonSerializer.SerializeToUtf8Bytes(pool, Format);

    /// <summary>Reads and judges it whole. Bad input never throws: it comes back as faults, without contents of Secrets.</summary>
    public static RenderedPoolResult Parse(ReadOnlyMemory<byte> content)
    {
        if (!Utf8.IsValid(content.Span))
        {
            return Refused([$"{RenderedPool.Key}: found bytes that are not UTF-8; allowed: JSON"]);
        }

        try
        {
            using var document = JsonDocument.Parse(content);
            var faults = new List<string>();
            var pool = RenderedPoolReader.Read(document.RootElement, faults);
            return faults.Count == 0 ? new RenderedPoolResult(pool, []) : Refused(faults);
        }
        catch (JsonException e)
        {
            return Refused([$"{RenderedPool.Key}: found no JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}; allowed: one JSON object"]);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, escaped: well-formed JSON that is no text.
            return Refused([$"{RenderedPool.Key}: found an escape that is no character; allowed: Unicode text"]);
        }
    }

    private static RenderedPoolResult Refused(List<string> faults) => new(null, [.. faults]);
}
