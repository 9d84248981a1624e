namespace RelayOperator.TestKit.Schema;

/// <summary>What is known of an expression's value before it is evaluated: its type, its schema where it has one, and how large it may be.</summary>
/// <param name="Name">bool, int, string, quantity, list, map or object.</param>
/// <param name="Schema">Schema of an object, a list or a map.</param>
/// <param name="Size">Most characters (as bytes), items or entries; infinite where nobody knows.</param>
internal sealed record RuleType(string Name, StructuralSchema? Schema, double Size)
{
    /// <summary>What a text without a bound may have in a request.</summary>
    private const double LongestText = 3145726;

    public static RuleType Bool { get; } = new("bool", null, 1);

    public static RuleType Int { get; } = new("int", null, 1);

    public static RuleType Quantity { get; } = new("quantity", null, 1);

    /// <summary>Name of an object: the one field of its metadata that rules see.</summary>
    public static RuleType ObjectName { get; } = Text(LongestText);

    public static RuleType Text(double size) => new("string", null, size);

    public static RuleType Of(StructuralSchema schema) => schema.Type switch
    {
        "boolean" => Bool,
        "integer" => Int,
        // A bound counts characters, of up to four bytes each.
        "string" => Text(schema.MaxLength * 4 ?? (schema.Enum.Length > 0 ? schema.Enum.Max(name => name.Length) : LongestText)),
        "array" => new("list", schema, schema.MaxItems ?? double.PositiveInfinity),
        "object" when schema.AdditionalProperties is not null => new("map", schema, schema.MaxProperties ?? double.PositiveInfinity),
        _ => new("object", schema, 1),
    };

    /// <summary>What a macro's variable holds: the items of a list, the keys of a map.</summary>
    public RuleType Item => Name == "map" ? Text(LongestText) : Schema?.Items is { } items ? Of(items) : Int;
}
