using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>How relay and tools write to each other, one line each, and how envelope files are written.</summary>
[JsonSerializable(typeof(QueueRequest))]
[JsonSerializable(typeof(QueueLine))]
[JsonSerializable(typeof(QueuedMessage))]
public sealed partial class QueueJson : JsonSerializerContext
{
    /// <summary>In one line.</summary>
    public static QueueJson Line { get; } = new(Settings(indented: false));

    /// <summary>For people.</summary>
    public static QueueJson Page { get; } = new(Settings(indented: true));

    private static JsonSerializerOptions Settings(bool indented) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        // Addresses stand there as they are: nothing of it goes into a page of HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<RecipientState>(), new JsonStringEnumConverter<QueueAction>() },
    };
}
