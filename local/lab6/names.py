"""First and last names that are common in Quebec, by language."""


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split())


FIRST_NAMES = {
    "fr": _listed(
        "Aline Antoine Audrey Benoît Camille Catherine Chantal Charles Chloé Christian Claire Danielle Denis Diane "
        "Élise Émile Émilie Éric Étienne Félix Florence François Frédéric Gabrielle Geneviève Gérard Guillaume Guy "
        "Hélène Hugo Isabelle Jacques Jean-François Jérôme Josée Julie Justine Karine Laurence Léa Louis Louise Luc "
        "Lucie Manon Marc-André Marianne Marie-Ève Martin Mathieu Maude Michel Mylène Nathalie Nicolas Noémie Olivier "
        "Pascal Patrick Philippe Pierre Raphaël Réjean Renée Roxanne Sébastien Simon Sophie Stéphane Sylvie Thérèse "
        "Thomas Valérie Véronique Vincent Xavier Yves Zoé"
    ),
    "en": _listed(
        "Alice Andrew Anne Brian Caroline Charlotte Daniel David Deborah Edward Elizabeth Emily Emma Erin George "
        "Graham Hannah Heather Ian James Jane Janet Jennifer John Joseph Kathleen Kevin Laura Liam Lucy Margaret Mark "
        "Mary Matthew Megan Michael Olivia Patricia Peter Rachel Richard Robert Ruth Samuel Sarah Scott Steven Susan "
        "Thomas Victoria William"
    ),
}

LAST_NAMES = {
    "fr": _listed(
        "Beaudoin Beaulieu Bédard Bélanger Bergeron Bernier Bertrand Bilodeau Boisvert Bouchard Boucher Boudreau "
        "Caron Charbonneau Cloutier Côté Couture Cyr Demers Deschênes Desjardins Desrosiers Dubé Dubois Fortin "
        "Fournier Gagné Gagnon Gauthier Gélinas Giroux Gosselin Goulet Grenier Hébert Jean Lachance Landry Langlois "
        "Lapointe Lavoie Leblanc Leclerc Lefebvre Lemieux Lepage Lessard Lévesque Martel Ménard Michaud Morin "
        "Nadeau Ouellet Paquette Paradis Parent Pelletier Perreault Picard Plante Poirier Poulin Proulx Richard Rioux "
        "Roy Savard Simard St-Pierre Therrien Thibault Tremblay Turcotte Turgeon Vachon Villeneuve"
    ),
    "en": _listed(
        "Anderson Bell Blackburn Brown Campbell Clark Cohen Cooper Davies Douglas Edwards Evans Fraser Gordon Graham "
        "Grant Hamilton Harris Hughes Jackson Johnston Kelly Kennedy MacDonald Mackay Marshall McCarthy McGregor "
        "Miller Mitchell Moore Morrison Murphy Murray O'Brien O'Connor Patterson Reid Robertson Ross Ryan Scott "
        "Shaw Simpson Sinclair Smith Stewart Sullivan Taylor Thompson Walker Wallace Watson White Wilson Young"
    ),
}
