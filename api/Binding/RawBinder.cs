using System.Buffers;
using System.Globalization;
using System.Text.Json;
using RelayOperator.Api.Yaml;

namespace RelayOperator.Api.Binding;

/// <summary>Carries a structure of Kubernetes' own as it stands. Only what no reader could agree on is a fault.</summary>
internal sealed class RawBinder(FaultSheet sheet)
{
    /// <summary>The structure as JSON; null, with a fault told, where the node is no mapping.</summary>
    public object? Bind(YamlNode node, string path)
    {
        if (node is not YamlMapping)
        {
            sheet.Add(node.Line, path, node.Describe(), "a mapping, as Kubernetes has it");
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, node, path);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private void Write(Utf8JsonWriter json, YamlNode node, string path)
    {
        switch (node)
        {
            case YamlMapping mapping:
                WriteMapping(json, mapping, path);
                break;
            case YamlSequence sequence:
                json.WriteStartArray();
                for (var i = 0; i < sequence.Items.Length; i++)
                {
                    Write(json, sequence.Items[i], $"{path}[{i}]");
                }

                json.WriteEndArray();
                break;
            case YamlScalar scalar:
                WriteScalar(json, scalar, path);
                break;
        }
    }

    private void WriteMapping(Utf8JsonWriter json, YamlMapping mapping, string path)
    {
        json.WriteStartObject();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            var entryPath = $"{path}.{FoundText.Plain(entry.Key)}";
            if (!seen.Add(entry.Key))
            {
                sheet.Add(entry.Line, entryPath, "the field a second time", "each field once");
                continue;
            }

            json.WritePropertyName(entry.Key);
            Write(json, entry.Value, entryPath);
        }

        json.WriteEndObject();
    }

    private void WriteScalar(Utf8JsonWriter json, YamlScalar scalar, string path)
    {
        if (!scalar.Plain || PlainWord.IsText(scalar.Value))
        {
            json.WriteStringValue(scalar.Value);
        }
        else if (scalar.IsNull)
        {
            json.WriteNullValue();
        }
        else if (scalar.Value is "true" or "false")
        {
            json.WriteBooleanValue(scalar.Value == "true");
        }
        else if (PlainWord.IsInteger(scalar.Value)
            && long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            json.WriteNumberValue(whole);
        }
        else if (PlainWord.IsDecimal(scalar.Value)
            && decimal.TryParse(
                scalar.Value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
            sheet.Add(
                scalar.Line, path, $"{scalar.Describe()}, which YAML readers take for different things",
                "true, false, a decimal number, or text between quotes");
        }
    }
}
