namespace RelayOperator.Api;

/// <summary>
/// One thing wrong with a pool file: where it stands, what was found there and what is allowed instead. A value, not an
/// exception: a file is judged whole and all its faults are told at once. Holds no content of a Secret.
/// </summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Document">Which YAML document of the file, from 1; 0 where the file as a whole is meant.</param>
/// <param name="Line">Line in the file, from 1; 0 where the file as a whole is meant.</param>
/// <param name="Kind">The object's kind; empty where it is not known.</param>
/// <param name="Name">The object's metadata.name; empty where it is not known.</param>
/// <param name="Path">Path of the field, such as spec.listeners[0].port; empty where the object or the file is meant.</param>
/// <param name="Found">What stands there.</param>
/// <param name="Allowed">What may stand there, or how to mend it.</param>
public sealed record ConfigFault(
    string File, int Document, int Line, string Kind, string Name, string Path, string Found, string Allowed)
{
    /// <summary>One line for logs and terminals, in the file:line form that editors jump to.</summary>
    public override string ToString()
    {
        var place = Line > 0 ? $"{File}:{Line}" : File;
        var document = Document > 0 ? $"document {Document}" : "";
        var subject = Name.Length == 0 ? Kind : $"{Kind}/{Name}";
        var what = string.Join(' ', new[] { document, subject, Path }.Where(part => part.Length > 0));
        return $"{place}: {what}{(what.Length == 0 ? "" : ": ")}found {Found}; allowed: {Allowed}";
    }
}
