"""First names that many people have, in the languages of the companies that we know; plain letters, small.

Enough to tell a column of colleagues or customers from one of plans, stores or brands; no list has all names.
"""

_NAMES = """
    aaron adam adele adrian adriana agnes ahmed aisha alain alan albert alberto alejandro alessandro alessia alex
    alexander alexandra alexandre alfred ali alice alicia alina alois amanda amelia amelie ana anastasia andre
    andrea andreas andrew andrey andrzej angela angelika angelo anita anja anke ann anna annabelle anne annette
    annika anthony antoine anton antonia antonio armin arnaud arthur astrid aurelie axel barbara bastian beat
    beate beatrice beatriz ben benedikt benjamin benoit bernadette bernd bernhard bettina bianca birgit bjorn
    bogdan boris brigitte britta bruno camila camille carina carl carla carlo carlos carmen carol carolin carolina
    caroline caterina catherine cecile celine chantal charles charlotte chiara chloe christa christel christian
    christiane christina christine christof christophe christopher claire clara claude claudia claudio claus
    clemens colette corinna corinne cornelia cristian cristina cyril dagmar damian damien daniel daniela daniele
    danielle dario darko david deborah denis denise dennis diana didier diego dieter dietmar dimitri dirk dmitri
    dominic dominik dominique donald doris dorothea edgar edith eduardo edward ekaterina elena eleonora elias elif
    elisa elisabeth elise elizabeth elke ella ellen elsa emil emilia emilie emily emma emmanuel enrico enrique
    eric erich erik erika erna ernst erwin esther eugen eva evelyn fabian fabienne fabio fabrice fatima fatma
    federica federico felix ferdinand fernando filip flavia florence florian francesca francesco francine francis
    francisco franck francois francoise frank franz franziska fred frederic friedrich fritz gabor gabriel gabriela
    gabriele gabrielle georg george georges gerald gerard gerd gerhard gerlinde gianni gina giorgio giovanni
    gisela giulia giuseppe gloria gregor guido guillaume gunter gunther gustav hanna hannah hannelore hannes hans
    harald harry hassan heide heidi heike heiko heinrich heinz helen helena helene helga helmut henri henrik henry
    herbert hermann hildegard holger horst hubert hugo ibrahim ida ines inge ingo ingrid irene irina iris irma
    isabel isabella isabelle ivan ivana ivo jack jacqueline jacques jakob james jan jana jane janina janine jasmin
    jason javier jean jeanne jennifer jens jeremy jerome jessica jim joachim joan joanna joao joaquin jochen joel
    johan johann johanna johannes john jonas jonathan jorg jorge jose josef josefine joseph joshua juan judith
    julia julian juliana julie julien juliette jurgen justine kai karen karim karin karina karl karsten katharina
    katherine kathrin katja katrin kay kenneth kerstin kevin kim klara klaus konrad kristina kurt lara larissa
    lars laura laure laurent lea lena leo leon leonardo leonie lilian liliane lina linda lisa livia lorenzo louis
    louise luc luca lucas lucia lucie ludwig luigi luis luisa lukas lydia magdalena magnus maja malte mandy
    manfred manuel manuela mara marc marcel marcello marco marcus margarete margot margrit maria marianne marie
    marina mario marion mark marko markus marlene marta martha martin martina mary massimo mathias mathieu
    mathilde matteo matthew matthias maurice max maxime maximilian mehmet melanie mia michael michaela michel
    michele michelle miguel mike milan mira miriam mirjam mohamed mohammed monica monika monique moritz mustafa
    nadia nadine nadja nancy natalia natalie natascha nathalie nicholas nicola nicolas nicole niklas nils nina
    noah noel noemi nora norbert nuria olaf oleg olga oliver olivia olivier omar oscar oskar otto pablo paola
    paolo pascal patricia patrick patrik paul paula pauline pedro peter petra philip philipp philippe pia pierre
    pilar rachel rafael raffaela rainer ralf ralph ramon ramona raphael raul rebecca regina regula reinhard renate
    rene reto ricardo riccardo richard rita robert roberta roberto robin rodrigo roger roland rolf romain roman
    ronald rosa rosemarie roswitha ruben rudolf ruth sabine sabrina samantha samir samuel sandra sandrine sandro
    sara sarah sascha sebastian sebastien selina serena serge sergei sergio severin sibylle siegfried sigrid silke
    silvan silvia silvio simon simona simone sofia sofie sonja sophia sophie stefan stefania stefanie stella
    stephan stephane stephanie stephen steve steven sven svenja svetlana sylvia sylvie tamara tanja tatjana teresa
    theo theodor theres therese thierry thomas thorsten till tim timo tina tobias tom tomas torsten ueli ulrich
    ulrike urs ursula ute uwe valentin valentina valeria valerie vanessa vera verena veronika veronique victor
    victoria viktor vincent virginie vladimir walter werner wilhelm willi william wolfgang xavier yan yann yannick
    yves yvonne zoe
"""
FIRST_NAMES = frozenset(_NAMES.split())
