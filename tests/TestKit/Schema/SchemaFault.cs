namespace RelayOperator.TestKit.Schema;

/// <summary>What is wrong with an object.</summary>
/// <param name="Path">The field, such as spec.listeners[0].port; empty for the object as a whole.</param>
/// <param name="Reason">Reason of a status cause: FieldValueInvalid, FieldValueRequired and so on.</param>
/// <param name="Message">What is wrong, or how to mend it.</param>
/// <param name="Rule">The rule that does not hold; null for what the schema itself says.</param>
public sealed record SchemaFault(string Path, string Reason, string Message, SchemaRule? Rule = null)
{
    /// <summary>With a fault of the form itself an API server does not evaluate rules, which could not rely on it.</summary>
    public bool IsOfForm => Reason is "FieldValueRequired" or "FieldValueTypeInvalid" or "FieldValueTooLong" or "FieldValueTooMany";

    public override string ToString() => $"{Path}: {Message}";
}
