using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>What an openAPIV3Schema finds wrong, in the words of the real server.</summary>
internal sealed class SchemaFaults(JsonObject schema)
{
    public IEnumerable<string> Of(JsonObject target) => Check(target, schema, "");

    private static IEnumerable<string> Check(JsonNode? value, JsonNode? schema, string path)
    {
        if (value is null)
        {
            return schema.At("nullable").Flag() == true || path.Length == 0 ? [] : [$"{path}: Invalid value: \"null\": {path} in body must be of type {schema.At("type").Text()}: \"null\""];
        }
        if (TypeFault(value, schema, path) is { } wrong)
        {
            return [wrong];
        }
        return value switch
        {
            JsonObject map => OfMap(map, schema, path),
            JsonArray list => OfList(list, schema, path),
            _ => OfScalar(value, schema, path),
        };
    }

    private static string? TypeFault(JsonNode value, JsonNode? schema, string path)
    {
        var found = value.GetValueKind() switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => value.Number() is null ? "number" : "integer",
        };
        var wanted = schema.At("type").Text();
        var fits = wanted is null || wanted == found || (wanted == "number" && found == "integer")
            || (schema.At("x-kubernetes-int-or-string").Flag() == true && found is "integer" or "string");
        return fits ? null : $"{path}: Invalid value: \"{found}\": {path} in body must be of type {wanted}: \"{found}\"";
    }

    private static IEnumerable<string> OfMap(JsonObject map, JsonNode? schema, string path)
    {
        foreach (var missing in schema.At("required").Texts().Where(field => !map.ContainsKey(field)))
        {
            yield return $"{Join(path, missing)}: Required value";
        }
        if (schema.At("maxProperties").Number() is { } most && map.Count > most)
        {
            yield return $"{path}: Too many: {map.Count}: must have at most {most} items";
        }
        foreach (var (key, entry) in map)
        {
            if (path.Length == 0 && key is "apiVersion" or "kind" or "metadata")
            {
                continue;
            }
            if ((schema.At("properties", key) ?? schema.At("additionalProperties")) is JsonObject below)
            {
                foreach (var fault in Check(entry, below, Join(path, key)))
                {
                    yield return fault;
                }
            }
        }
    }

    private static IEnumerable<string> OfList(JsonArray list, JsonNode? schema, string path)
    {
        if (schema.At("maxItems").Number() is { } most && list.Count > most)
        {
            yield return $"{path}: Too many: {list.Count}: must have at most {most} items";
        }
        if (schema.At("minItems").Number() is { } least && list.Count < least)
        {
            yield return $"{path}: Invalid value: {list.Count}: {path} in body should have at least {least} items";
        }
        var keys = schema.At("x-kubernetes-list-map-keys").Texts().ToList();
        var isSet = schema.At("x-kubernetes-list-type").Text() == "set";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            var item = list[i];
            var identity = isSet ? item?.ToJsonString() ?? "null" : new JsonObject(keys.Select(k => KeyValuePair.Create(k, item.At(k)?.DeepClone()))).ToJsonString();
            if ((isSet || keys.Count > 0) && !seen.Add(identity))
            {
                yield return $"{path}[{i}]: Duplicate value: {identity}";
            }
            foreach (var fault in Check(item, schema.At("items"), $"{path}[{i}]"))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> OfScalar(JsonNode value, JsonNode? schema, string path)
    {
        if (schema.At("enum") is JsonArray allowed && !allowed.Any(one => one.Same(value)))
        {
            yield return $"{path}: Unsupported value: {value.ToJsonString()}: supported values: {string.Join(", ", allowed.Select(one => one?.ToJsonString()))}";
        }
        if (value.Text() is { } text)
        {
            if (schema.At("maxLength").Number() is { } longest && text.Length > longest)
            {
                yield return $"{path}: Too long: may not be more than {longest} bytes";
            }
            if (schema.At("minLength").Number() is { } shortest && text.Length < shortest)
            {
                yield return $"{path}: Invalid value: \"{text}\": {path} in body should be at least {shortest} chars long";
            }
            if (schema.At("pattern").Text() is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))
            {
                yield return $"{path}: Invalid value: \"{text}\": {path} in body should match '{pattern}'";
            }
        }
        else if (value.GetValueKind() == JsonValueKind.Number)
        {
            var number = value.GetValue<double>();
            if (schema.At("minimum") is { } minimum && number < minimum.GetValue<double>())
            {
                yield return $"{path}: Invalid value: {value.ToJsonString()}: {path} in body should be greater than or equal to {minimum.ToJsonString()}";
            }
            if (schema.At("maximum") is { } maximum && number > maximum.GetValue<double>())
            {
                yield return $"{path}: Invalid value: {value.ToJsonString()}: {path} in body should be less than or equal to {maximum.ToJsonString()}";
            }
        }
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
