namespace RelayOperator.Api.Binding;

/// <summary>The field has to be written; without it the object means nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredFieldAttribute : Attribute;

/// <summary>Bounds of a number, both included; on a list they hold for every item.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundsAttribute(long min, long max) : Attribute
{
    public long Min { get; } = min;

    public long Max { get; } = max;
}

/// <summary>Format and greatest length (in characters) of a text; on a list or map they hold for every value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextAttribute(TextFormat format, int maxLength) : Attribute
{
    public TextFormat Format { get; } = format;

    public int MaxLength { get; } = maxLength;
}

/// <summary>How many items a list or map may have.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute(int min, int max) : Attribute
{
    public int Min { get; } = min;

    public int Max { get; } = max;
}

/// <summary>The list is a list-map: no two items share the value of this field.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(string key) : Attribute
{
    public string Key { get; } = key;
}

/// <summary>The list is a set: no value stands in it twice.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SetAttribute : Attribute;

/// <summary>What stands here is never repeated in a fault.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SensitiveAttribute : Attribute;

/// <summary>What holds where the field is left out and its default depends on other fields; for the reference.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DerivedDefaultAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}

/// <summary>Fields that a cluster writes into the object and that a file may therefore hold; they are passed over.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PassedOverAttribute(params string[] names) : Attribute
{
    public IReadOnlyList<string> Names { get; } = names;
}
