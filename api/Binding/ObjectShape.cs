using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;

namespace RelayOperator.Api.Binding;

/// <summary>The fields of a resource type as people write them, with the rules that their attributes state.</summary>
internal sealed record ObjectShape(ImmutableArray<ObjectField> Fields, ImmutableArray<string> PassedOver)
{
    private static readonly ConcurrentDictionary<Type, ObjectShape> Known = new();

    public static ObjectShape Of(Type type) => Known.GetOrAdd(type, Read);

    public ObjectField? Field(string name) => Fields.FirstOrDefault(field => field.Name == name);

    private static ObjectShape Read(Type type) => new(
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.CanWrite)
            .Select(property => new ObjectField(property))],
        [.. type.GetCustomAttribute<PassedOverAttribute>()?.Names ?? []]);
}

/// <summary>One field: its property, its name in a file and its rules.</summary>
internal sealed class ObjectField(PropertyInfo property)
{
    public PropertyInfo Property { get; } = property;

    /// <summary>The property's name with its first letter in lower case.</summary>
    public string Name { get; } = char.ToLowerInvariant(property.Name[0]) + property.Name[1..];

    public Type Type { get; } = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    public bool IsRequired { get; } = property.IsDefined(typeof(RequiredFieldAttribute));

    public FieldRules Rules { get; } = new(
        property.GetCustomAttribute<BoundsAttribute>(),
        property.GetCustomAttribute<TextAttribute>() ?? new TextAttribute(TextFormat.Any, 4096),
        property.GetCustomAttribute<ItemsAttribute>(),
        property.GetCustomAttribute<ListMapAttribute>()?.Key,
        property.IsDefined(typeof(SetAttribute)),
        property.IsDefined(typeof(SensitiveAttribute)),
        MayBeEmpty: !property.IsDefined(typeof(RequiredFieldAttribute)));
}

/// <summary>What the attributes of a field say about its value.</summary>
internal sealed record FieldRules(
    BoundsAttribute? Bounds, TextAttribute Text, ItemsAttribute? Items, string? ListMapKey, bool IsSet, bool IsSensitive, bool MayBeEmpty)
{
    /// <summary>The rules for the items of a list, which are never left empty.</summary>
    public FieldRules ForItem => this with { Items = null, ListMapKey = null, IsSet = false, MayBeEmpty = false };
}
